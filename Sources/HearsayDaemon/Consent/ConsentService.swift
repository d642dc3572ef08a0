public import Consent
internal import Logging
internal import Pipelines
public import ServiceLifecycle
public import WireProtocol

/// Copied voices: what clients may ask about consents, and what time does to them.
public final class ConsentService: RequestHandling, Service {
    public let types: Set<String> = [EnrollVoice.type, VoiceReference.type, CopiedVoiceCommand.type]

    private let desk: ConsentDesk

    /// Seconds between two looks at what time has changed.
    private static let pause = 60

    init(_ desk: ConsentDesk) {
        self.desk = desk
    }

    /// The service and the requests about copied voices, as a part of the daemon.
    ///
    /// - Parameters:
    ///   - means: what ceremonies and copied voices need; nil for what is installed.
    ///   - clock: seconds since 1970.
    public static func part(
        _ foundations: Daemon.Foundations, environment: [String: String], means: (any ConsentMeans)? = nil,
        clock: @escaping @Sendable () -> Int = SystemClock.now
    ) -> Daemon.Part {
        let installed = means ?? InstalledMeans(foundations, environment: environment)
        let desk = ConsentDesk(foundations, environment: environment, means: installed, clock: clock)
        let service = ConsentService(desk)
        foundations.copies.open(desk)
        return Daemon.Part(services: [service], handlers: [service])
    }

    /// Finishes what was interrupted, and lets time pass.
    public func run() async throws {
        let desk = desk
        try? await Self.onThread { desk.prepare() }
        do {
            try await cancelWhenGracefulShutdown {
                while true {
                    try await Task.sleep(for: .seconds(Self.pause), tolerance: .seconds(5))
                    guard desk.isOpen else { continue }
                    desk.ceremonies.forget(now: desk.clock())
                    try? await Self.onThread { try desk.store().passTime() }
                }
            }
        } catch is CancellationError {}
        desk.close()
    }

    public func handle(_ event: WireEvent, from peer: Peer, reply: Reply) async throws {
        let user = try Self.user(peer)
        switch event.type {
        case EnrollVoice.type:
            let (request, ceremony) = (try EnrollVoice(event), try ceremony(peer))
            try await reply.send(try await Self.onThread { try ceremony.enroll(request) })
        case VoiceReference.type:
            let (request, ceremony) = (try VoiceReference(event), try ceremony(peer))
            try await reply.send(try await Self.onThread { try ceremony.addReference(request) })
        default:
            try await perform(try CopiedVoiceCommand(event), event, peer, user, reply)
        }
    }

    private func perform(
        _ command: CopiedVoiceCommand, _ event: WireEvent, _ peer: Peer, _ user: UInt32, _ reply: Reply
    ) async throws {
        let desk = desk
        switch command.action {
        case .list:
            try await reply.send(
                try await Self.onThread { try ConsentQueries(desk: desk, peer: peer, user: user).list() })
        case .show, .revoke, .receipt:
            try await reply.send(
                try await Self.onThread { try ConsentQueries(desk: desk, peer: peer, user: user).perform(command) })
        case .record:
            guard event.payload.isEmpty else {
                throw ConsentError(.notLive, "the phrase is recorded by the daemon; a recording of it is not taken")
            }
            let (name, ceremony) = (try Self.voice(command), try ceremony(peer))
            let configuration = desk.foundations.configuration.dictation
            let gate = desk.foundations.microphone
            let access = try peer.checkMicrophone(configuration)
            // Before the phrase is used up.
            let opening = try gate.open(access.user, .consent, device: configuration.device, while: access.while)
            defer { gate.close(opening) }
            try await record(name, ceremony, opening, reply)
        case .phrase, .renew, .confirm, .decline:
            let (name, ceremony) = (try Self.voice(command), try ceremony(peer))
            try await reply.send(
                try await Self.onThread {
                    switch command.action {
                    case .phrase: try ceremony.another(name, days: command.days)
                    case .renew: try ceremony.renew(name, days: command.days)
                    case .confirm: try ceremony.confirm(name, expiry: command.expiry)
                    default: try ceremony.decline(name)
                    }
                })
        }
    }

    /// Records while the reports of it go out.
    private func record(
        _ name: String, _ ceremony: ConsentCeremony, _ opening: MicrophoneOpening, _ reply: Reply
    ) async throws {
        let (reports, continuation) = AsyncThrowingStream<CopiedVoiceReport, any Error>.makeStream()
        let task = Task(executorPreference: ThreadPerJobExecutor()) {
            do {
                continuation.yield(try ceremony.record(name) { continuation.yield($0) })
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        opening.whenRevoked { task.cancel() }
        do {
            for try await report in reports {
                if report.kind == "listening" { opening.began() }
                try await reply.send(report)
            }
            try Task.checkCancellation()
        } catch {
            // However it ended, the microphone is closed before the request is.
            task.cancel()
            await task.value
            try opening.check()
            throw error
        }
        await task.value
    }

    private func ceremony(_ peer: Peer) throws -> ConsentCeremony {
        let configuration = desk.foundations.configuration
        _ = try peer.checkDevice("copying of voices", configuration.consent.access, section: "consent")
        let user = try peer.checkMicrophone(configuration.dictation).user
        return ConsentCeremony(desk: desk, peer: peer, user: user)
    }

    /// Who asks. Somebody must be at this machine, and the kernel must know who.
    private static func user(_ peer: Peer) throws -> UInt32 {
        guard let user = peer.user, user != Peer.nobody else {
            throw ConsentError(
                .notLive, "consents are given and managed at the machine itself, over the daemon's Unix socket")
        }
        return user
    }

    private static func voice(_ command: CopiedVoiceCommand) throws -> String {
        guard let voice = command.voice else {
            throw WireError(.fieldInvalid, "'\(CopiedVoiceCommand.type)' needs 'voice'")
        }
        return voice
    }

    /// Runs what waits for the disk where waiting is allowed.
    static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await Task(executorPreference: ThreadPerJobExecutor()) { try body() }.value
    }
}
