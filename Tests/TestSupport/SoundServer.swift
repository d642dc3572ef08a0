import Foundation

/// A PulseAudio of the test's own, with a loudspeaker that nobody hears and its monitor for a microphone: a device in
/// real time.
public final class SoundServer {
    public static let program: String? = {
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

    public struct Failure: Error {}

    private let child: Child
    private let socket: String
    private var isRunning = true

    /// Starts the server and waits until it can be reached.
    public init(in folder: TemporaryFolder) throws {
        socket = folder.url("native").path
        chmod(folder.path, 0o700)
        unlink(socket)
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

    deinit { kill() }

    /// Ends the server, as pulling a plug does.
    public func kill() {
        guard isRunning else { return }
        isRunning = false
        child.send(SIGKILL)
        _ = child.wait()
    }

    /// ALSA's name for one of the server's devices.
    public func device(_ name: String) -> String { "server:\(socket),\(name)" }
}
