import Foundation
import Glibc
import HearsayClient
import TestSupport
import WireProtocol

/// The built daemon, with a socket and a state folder of its own; stopped and waited for at the end.
final class RunningDaemon {
    /// Beside the tests in the build folder.
    static let path: String? = {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let candidate = folder.appendingPathComponent("hearsayd").path
        return FileManager.default.isExecutableFile(atPath: candidate) ? candidate : nil
    }()

    /// The root of the package.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A recogniser small enough for tests, with its recording.
    static let golden = GoldenCase.all.first { $0.name == "multilingual" } ?? GoldenCase.all.first

    /// Whether the voice that comes with hearsay is there.
    static let hasVoice = FileManager.default.fileExists(
        atPath: root.appending(path: "Voices/kathleen/voice.json").path)

    struct Failure: Error {
        let reason: String
    }

    let folder: TemporaryFolder
    let socket: String
    private let child: Child
    private var ended: Child.End?

    /// Starts the daemon and waits until it serves.
    ///
    /// - Parameters:
    ///   - configuration: text of its configuration file.
    ///   - environment: added to what it needs.
    ///   - launcher: a program before it, with its arguments.
    ///   - state: its state folder; nil for one that goes with it.
    init(
        configuration: String = "", environment: [String: String] = [:], launcher: [String] = [], state: String? = nil
    ) throws {
        folder = try TemporaryFolder()
        socket = "\(folder.path)/run/hearsay.sock"
        let file = try folder.write("hearsayd.toml", configuration.utf8)
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let log = open("\(folder.path)/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { for descriptor in [nothing, log] { close(descriptor) } }
        var variables = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path,
            "HEARSAY_DATA": Self.root.path,
        ]
        if let model = Self.golden?.model { variables["HEARSAYD_ENGINE_MODEL"] = model }
        variables.merge(environment) { $1 }
        child = try Child(
            launcher + [
                Self.path ?? "/nonexistent", "--config", file, "--socket", socket, "--state-dir",
                state ?? "\(folder.path)/state",
            ], environment: variables, input: nothing, output: log, errors: log)
        try waitUntilReady()
    }

    deinit { stop() }

    private func waitUntilReady() throws {
        for _ in 0..<600 {
            if (try? HearsayClient(path: socket).ask(Ping(), for: Pong.self)) != nil { return }
            usleep(100_000)
        }
        throw Failure(reason: "hearsayd does not serve: \(log)")
    }

    /// What it has logged.
    var log: String { (try? folder.text("log")) ?? "" }

    /// Its process number.
    var number: Int32 { child.number }

    func send(_ signal: Int32) { child.send(signal) }

    /// Ends it, if it has not ended; how it ended.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) -> Child.End {
        if let ended { return ended }
        child.send(signal)
        return wait()
    }

    /// Waits for its end.
    func wait() -> Child.End {
        if let ended { return ended }
        let end = child.wait()
        ended = end
        return end
    }

    func client() throws -> HearsayClient { try HearsayClient(path: socket) }

    func status() throws -> StatusReport { try client().ask(GetStatus(), for: StatusReport.self) }
}

/// A connection on which any bytes can be sent, and events received.
final class RawConnection: StreamSocket {
    private var decoder = EventDecoder()

    init(_ path: String) throws { try super.init(unix: path) }

    override init(port: Int) throws { try super.init(port: port) }

    func send(_ message: some WireMessage) { send(EventEncoder.encode(message)) }

    /// The next event; nil at the end of the connection, or when nothing comes for a minute.
    func next() -> WireEvent? {
        while true {
            if let event = try? decoder.next() { return event }
            guard let bytes = receive() else { return nil }
            decoder.append(bytes)
        }
    }

    /// The events up to one of this type, which is the last.
    func events(through type: String) -> [WireEvent] {
        var events: [WireEvent] = []
        while let event = next() {
            events.append(event)
            if event.type == type { break }
        }
        return events
    }
}
