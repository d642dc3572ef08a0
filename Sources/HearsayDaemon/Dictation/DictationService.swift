internal import AudioIO
internal import Glibc
internal import Pipelines
internal import Recognition
public import ServiceLifecycle
public import StrictJSON
internal import Tensors
internal import VoiceActivity
public import WireProtocol

/// Dictation from the daemon's own microphone: one for each user at a time.
///
/// The microphone is named by the configuration and never by a client: the name of an ALSA device can say that files are
/// written.
public final class DictationService: RequestHandling, Service {
    public let types: Set<String> = [Dictate.type]

    /// A dictation that runs.
    private struct Running {
        let session: DictationSession
        var status = DictationReport.status("opening")
    }

    private let foundations: Daemon.Foundations
    private let running = Locked<[UInt32: Running]>([:])

    init(_ foundations: Daemon.Foundations) {
        self.foundations = foundations
    }

    /// The service and the requests about dictation, as a part of the daemon.
    public static func part(_ foundations: Daemon.Foundations) -> Daemon.Part {
        let service = DictationService(foundations)
        return Daemon.Part(services: [service], handlers: [service, MicrophoneRequests(foundations)])
    }

    public var status: [(String, JSONValue)] {
        let dictations = running.withLock { Array($0.values) }
        let waiting = dictations.count { $0.status.data["status"]?.string == "waiting-for-device" }
        return [
            ("dictations", .integer(Int64(dictations.count))),
            ("dictations_waiting_for_device", .integer(Int64(waiting))),
        ]
    }

    /// Closes the microphone when the daemon stops; what was said is still written down.
    public func run() async throws {
        try? await gracefulShutdown()
        for dictation in running.withLock({ $0.values }) { dictation.session.stop() }
    }

    public func handle(_ event: WireEvent, from peer: Peer, reply: Reply) async throws {
        let request = try Dictate(event)
        let access = try peer.checkMicrophone(foundations.configuration.dictation)
        let user = access.user
        let mine = running.withLock { $0[user] }
        switch request.action {
        case .status: try await reply.send(mine?.status ?? .status("stopped"))
        case .stop, .toggle:
            if let mine {
                mine.session.stop()
                return try await reply.send(DictationReport.status("stopping"))
            }
            guard request.action == .toggle else { return try await reply.send(DictationReport.status("stopped")) }
            fallthrough
        case .start: try await dictate(request, access, reply)
        }
    }

    private func dictate(
        _ request: Dictate, _ access: (user: UInt32, while: (@Sendable () -> Bool)?), _ reply: Reply
    ) async throws {
        let user = access.user
        let options = try DictationRequest(request)
        let settings = foundations.configuration.dictation
        let reference = foundations.readings.lendReference(settings)
        defer { if reference != nil { foundations.readings.giveReferenceBack() } }
        let session = DictationSession(settings.capture, reference: reference, endsAfterUtterance: request.isOnce)
        let isFirst = running.withLock { running in
            guard running[user] == nil else { return false }
            running[user] = Running(session: session)
            return true
        }
        guard isFirst else {
            throw DaemonError(.dictationRunning, "a dictation of this user runs already; stop it first")
        }
        defer { running.withLock { $0[user] = nil } }
        let gate = foundations.microphone
        let opening = try gate.open(user, .dictation, device: session.capture.device, while: access.while)
        defer { gate.close(opening) }
        opening.whenRevoked { session.stop() }

        let (events, continuation) = AsyncThrowingStream<DictationSessionEvent, any Error>.makeStream()
        let make = options.maker(foundations.host, foundations.scheduler, foundations.voiceActivity, user)
        let task = Task {
            do {
                try await Dictation.run(session, make) { continuation.yield($0) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        let bargeIn = BargeIn(settings.bargeIn, foundations.readings, user)
        let result: Result<Void, any Error>
        do {
            for try await event in events {
                bargeIn.take(event)
                if event == .status(.listening) { opening.began() }
                guard let report = DictationReport(event) else { continue }
                if case .status = event { running.withLock { $0[user]?.status = report } }
                try await reply.send(report)
            }
            try Task.checkCancellation()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        // However it ended, the microphone is closed before the request is.
        task.cancel()
        await task.value
        bargeIn.end()
        try result.get()
        try opening.check()
    }
}

/// What somebody's speech does to what is read aloud.
private struct BargeIn {
    private let rule: String
    private let queue: ReadingQueue
    private let user: UInt32

    init(_ rule: String, _ queue: ReadingQueue, _ user: UInt32) {
        self.rule = rule
        self.queue = queue
        self.user = user
    }

    func take(_ event: DictationSessionEvent) {
        switch (rule, event) {
        case ("stop", .dictation(.speechStarted)): queue.interrupt(by: user)
        case ("pause", .dictation(.speechStarted)): queue.hold(true)
        case ("pause", .dictation(.speechEnded)): queue.hold(false)
        default: break
        }
    }

    func end() { if rule == "pause" { queue.hold(false) } }
}

extension DaemonError.Code {
    /// A dictation of this user runs already.
    public static let dictationRunning = Self(rawValue: "dictate.already_running")
}
