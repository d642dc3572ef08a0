import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

/// Playback into files: ALSA's `file` plugin above its `null` device writes down what a loudspeaker would get.
@Suite struct ALSAPlaybackTests {
    init() {
        // Read by ALSA when the first device is opened; each test sets the same.
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        setenv("ALSA_CONFIG_PATH", tests.appendingPathComponent("Fixtures/audio/asound.conf").path, 1)
    }

    @Test func playsEverySampleInOrder() throws {
        let folder = try TemporaryFolder()
        let samples = AudioFileWriterTests.tone(count: 30_000)
        let playback = try ALSAPlayback(device: "tofile:\(folder.path)/out", sampleRate: 22_050, aheadSeconds: 0.1)
        for start in stride(from: 0, to: samples.count, by: 4_000) {
            try samples[start..<min(start + 4_000, samples.count)].withUnsafeBufferPointer { try playback.write($0) }
        }
        try playback.finish()
        let played = try Self.int16(folder.read("out"))
        #expect(played.count == samples.count)
        #expect(zip(played, samples).allSatisfy { abs(Float($0) / 0x1p15 - $1) <= 0x1p-15 })
        #expect(abs(playback.secondsPlayed - 30_000 / 22_050) < 1e-9)
    }

    @Test func playsLessThanADeviceWaitsFor() throws {
        let folder = try TemporaryFolder()
        let playback = try ALSAPlayback(device: "tofile:\(folder.path)/out", sampleRate: 16_000)
        try [Float](repeating: 2, count: 10).withUnsafeBufferPointer { try playback.write($0) }
        try playback.finish()
        #expect(try Self.int16(folder.read("out")) == [Int16](repeating: .max, count: 10))
    }

    @Test func givesBothChannelsTheSame() throws {
        let folder = try TemporaryFolder()
        let samples = AudioFileWriterTests.tone(count: 3_000)
        let playback = try ALSAPlayback(device: "stereotofile:\(folder.path)/out", sampleRate: 48_000)
        try samples.withUnsafeBufferPointer { try playback.write($0) }
        try playback.finish()
        let played = try Self.int16(folder.read("out"))
        #expect(played.count == 2 * samples.count)
        #expect(stride(from: 0, to: played.count, by: 2).allSatisfy { played[$0] == played[$0 + 1] })
    }

    @Test func stopsFromAnotherThread() async throws {
        let playback = try ALSAPlayback(device: "nothing", sampleRate: 16_000)
        Thread.detachNewThread {
            usleep(20_000)
            playback.stop()
        }
        let code = await withCheckedContinuation { done in
            Thread.detachNewThread {
                let samples = [Float](repeating: 0, count: 1_000)
                do throws(AudioError) {
                    while true {
                        try samples.withUnsafeBufferPointer { part throws(AudioError) in try playback.write(part) }
                    }
                } catch {
                    done.resume(returning: error.code)
                }
            }
        }
        #expect(code == .cancelled)
    }

    @Test(arguments: ["no such device", "", "a\0b"])
    func saysWhichDeviceIsMissing(name: String) throws {
        let error = #expect(throws: AudioError.self) { try ALSAPlayback(device: name, sampleRate: 16_000) }
        #expect(error?.code == .deviceUnavailable)
    }

    private static func int16(_ data: Data) -> [Int16] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / 2).map {
                Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))
            }
        }
    }
}
