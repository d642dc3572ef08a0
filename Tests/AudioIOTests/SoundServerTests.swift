import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: SoundServer.program != nil, "PulseAudio and ALSA's plugin for it are not installed"))
struct SoundServerTests {
    init() {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        setenv("ALSA_CONFIG_PATH", tests.appendingPathComponent("Fixtures/audio/asound.conf").path, 1)
    }

    @Test func hearsWhatIsPlayed() throws {
        let folder = try TemporaryFolder()
        let server = try SoundServer(in: folder)
        let capture = try AudioCapture(CaptureOptions(device: server.device("speaker.monitor")))
        let rate = 22_050
        let silence = [Float](repeating: 0, count: rate / 3)
        let tone = (0..<rate / 2).map { Float(0.5 * sin(2 * .pi * 1_000 * Double($0) / Double(rate))) }
        let playback = try ALSAPlayback(device: server.device("speaker"), sampleRate: rate)
        try (silence + tone + silence).withUnsafeBufferPointer { try playback.write($0) }
        try playback.finish()

        var heard: [Float] = []
        var block = [Float](repeating: 0, count: 1_600)
        // Half a second more than was played.
        while heard.count < 27_000 {
            let count = try block.withUnsafeMutableBufferPointer { try capture.read(into: $0, timeout: 2_000) }
            try #require(count > 0, "\(capture.status)")
            heard += block[..<count]
        }
        capture.stop()
        // On a busy machine there are gaps, but what was played is all there: a sine is above a fifth of its height for
        // 0.872 of the time.
        let loud = heard.indices.filter { abs(heard[$0]) > 0.1 }
        #expect(abs(Double(loud.count) - 0.872 * 8_000) < 400, "\(loud.count) loud samples, \(playback.underruns) gaps")
        // One period of 1 kHz is 16 samples: the tone comes back after each.
        let periodic = loud.count { $0 + 16 < heard.count && abs(heard[$0] - heard[$0 + 16]) < 0.02 }
        #expect(Double(periodic) > 0.8 * Double(loud.count))
    }
}
