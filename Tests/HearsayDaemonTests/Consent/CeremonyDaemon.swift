import Consent
import Foundation
import Glibc
import HearsayDaemon
import Logging
import Pipelines
import StrictJSON
import Synchronization
import Tensors
import TestSupport
import Testing
import WireProtocol

/// The daemon in this process, with its real socket, and with a script in place of models and microphone.
final class CeremonyDaemon {
    final class Clock: Sendable {
        private let seconds = Atomic(1_800_000_000)

        var now: Int { seconds.load(ordering: .relaxed) }

        func advance(_ more: Int) { seconds.add(more, ordering: .relaxed) }
    }

    let folder: TemporaryFolder
    let socket: String
    let means = ScriptedMeans()
    let clock = Clock()
    private let configuration: String
    private var running: Task<Void, any Error>?

    init(configuration: String = "") throws {
        folder = try TemporaryFolder()
        socket = "\(folder.path)/run/hearsay.sock"
        self.configuration = configuration
        try start()
    }

    deinit { running?.cancel() }

    /// Runs a test that waits, and the daemon that it waits for, on threads of their own: those that tests share are few, and
    /// may all be waiting.
    static func run(
        configuration: String = "", _ test: @escaping @Sendable (CeremonyDaemon) throws -> Void
    ) async throws {
        try await Task(executorPreference: ThreadPerJobExecutor()) {
            let daemon = try CeremonyDaemon(configuration: configuration)
            defer { daemon.stop() }
            try test(daemon)
        }.value
    }

    var state: String { "\(folder.path)/state" }
    var keys: String { "\(folder.path)/keys" }

    func start() throws {
        let file = try folder.write(
            "hearsayd.toml", (configuration + "\n[consent]\nhost = \"the test\"\nkeys_dir = \"\(keys)\"\n").utf8)
        let environment = [
            "HOME": folder.path, "HEARSAYD_SOCKET_PATH": socket, "HEARSAYD_STATE_DIR": state,
            "HEARSAY_DATA": RunningDaemon.root.path,
        ]
        let reader = ConfigurationReader(path: file, environment: environment)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (means, clock) = (means, clock)
        let daemon = try Daemon(
            configuration: reader.read(), reader: reader, environment: environment, logger: logger,
            makeParts: {
                [
                    ConsentService.part($0, environment: environment, means: means, clock: { clock.now }),
                    ReadingService.part($0),
                ]
            })
        running = Task(executorPreference: ThreadPerJobExecutor()) { try await daemon.run() }
        for _ in 0..<600 {
            if let connection = try? RawConnection(socket) {
                connection.send(Ping())
                if connection.next()?.type == Pong.type { return }
            }
            usleep(50_000)
        }
        throw RunningDaemon.Failure(reason: "the daemon does not serve")
    }

    /// Returns when it has stopped.
    func stop() {
        guard let running else { return }
        self.running = nil
        running.cancel()
        let isOver = DispatchSemaphore(value: 0)
        Task(executorPreference: ThreadPerJobExecutor()) {
            _ = await running.result
            isOver.signal()
        }
        isOver.wait()
    }

    func connect() throws -> RawConnection { try RawConnection(socket) }

    func script(_ change: (inout ScriptedMeans.Script) -> Void) { means.script.withLock(change) }

    /// What a client is answered: the code of an error, or the kind of the report.
    static func answer(_ event: WireEvent?) -> String {
        guard let event else { return "nothing" }
        return event.type == WireErrorEvent.type
            ? event.data["code"]?.string ?? "?" : event.data["event"]?.string ?? event.type
    }
}

/// One reader at one connection.
final class CeremonyClient {
    let daemon: CeremonyDaemon
    let connection: RawConnection
    var consent = ""
    var expiry = 0

    init(_ daemon: CeremonyDaemon) throws {
        self.daemon = daemon
        connection = try daemon.connect()
    }

    static func request(_ voice: String = "anna") -> EnrollVoice {
        var request = EnrollVoice(voice: voice, subject: "Anna Canary Berg")
        request.languages = ["en"]
        return request
    }

    @discardableResult
    func ask(_ message: some WireMessage) -> WireEvent? {
        connection.send(message)
        return connection.next()
    }

    /// Asks for a phrase; what is answered.
    @discardableResult
    func enroll(_ request: EnrollVoice = request()) -> String { take(ask(request)) }

    @discardableResult
    func another() -> String { take(ask(CopiedVoiceCommand(.phrase, voice: consent))) }

    private func take(_ event: WireEvent?) -> String {
        guard let event, let phrase = event.data["phrase"]?.string else { return CeremonyDaemon.answer(event) }
        consent = event.data["consent"]?.string ?? ""
        expiry = event.data["expiry"]?.integer ?? 0
        daemon.script { $0.phrase = phrase }
        return "phrase"
    }

    /// Has the phrase recorded; the last answer.
    func record() -> String {
        connection.send(CopiedVoiceCommand(.record, voice: consent))
        while true {
            let answer = CeremonyDaemon.answer(connection.next())
            if answer != "listening", answer != "checking" { return answer }
        }
    }

    /// The code.
    func confirm() -> String? {
        ask(CopiedVoiceCommand(.confirm, voice: consent, expiry: expiry))?.data["revocation_code"]?.string
    }

    /// The whole ceremony; the revocation code.
    @discardableResult
    func grant(_ request: EnrollVoice = request()) throws -> String {
        #expect(enroll(request) == "phrase")
        #expect(record() == "verified")
        return try #require(confirm())
    }

    /// Asks for speech; the first answer.
    func speak(_ voice: String = "anna", _ text: String = "hello", purpose: String? = nil) -> String {
        var request = Synthesize(text: text, voice: WireVoice(name: voice))
        request.prosody.purpose = purpose
        let answer = CeremonyDaemon.answer(ask(request))
        if answer == "audio-start" { _ = connection.events(through: "audio-stop") }
        return answer
    }
}
