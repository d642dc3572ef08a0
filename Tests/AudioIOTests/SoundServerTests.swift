import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

/// A PulseAudio of the test's own, with a loudspeaker that nobody hears and its monitor for a microphone: a device in
/// real time.
final class SoundServer {
    static let program: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let plugins = [
            "/usr/lib/x86_64-linux-gnu/alsa-lib", "/usr/lib/aarch64-linux-gnu/alsa-lib", "/usr/lib/alsa-lib",
        ]
        guard
            plugins.contains(where: {
                FileManager.default.fileExists(atPath: "\($0)/libasound_module_pcm_pulse.so")
            })
        else { return nil }
        return folders.map { "\($0)/pulseaudio" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    struct Failure: Error {}

    private let child: Child
    private let socket: String

    /// Starts the server and waits until it can be reached.
    init(in folder: TemporaryFolder) throws {
        socket = folder.url("native").path
        chmod(folder.path, 0o700)
        let environment = [
            "HOME": folder.path, "XDG_RUNTIME_DIR": folder.path, "PULSE_RUNTIME_PATH": folder.url("pulse").path,
            "PULSE_STATE_PATH": folder.url("state").path,
        ]
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nowhere) }
        child = try Child(
            [
                Self.program ?? "/nonexistent", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit",
                "--realtime=no", "--high-priority=no", "--log-level=error", "-L",
                "module-native-protocol-unix socket=\(socket) auth-anonymous=1", "-L",
                "module-null-sink sink_name=speaker rate=48000 channels=1 norewinds=1",
            ], environment: environment, input: nowhere, output: nowhere, errors: nowhere)
        let deadline = ContinuousClock.now + .seconds(30)
        while !FileManager.default.fileExists(atPath: socket) {
            guard .now < deadline else { throw Failure() }
            usleep(20_000)
        }
    }

    deinit {
        child.send(SIGKILL)
        _ = child.wait()
    }

    /// ALSA's name for one of the server's devices.
    func device(_ name: String) -> String { "server:\(socket),\(name)" }
}

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
