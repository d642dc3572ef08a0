internal import AudioIO
internal import Glibc
internal import Logging
internal import ModelStore
internal import Pipelines
internal import Recognition
internal import Tensors
internal import VoiceActivity
public import WireProtocol

/// Dictation from the daemon's own microphone: one for each user at a time.
///
/// The microphone is named by the configuration and never by a client: the name of an ALSA device can say that files are
/// written.
public final class DictationService: RequestHandling {
    public let types: Set<String> = [Dictate.type]

    private let foundations: Daemon.Foundations
    private let voiceActivity: VoiceActivityModel
    private let sessions = Locked<[UInt32: DictationSession]>([:])

    /// - Throws: `VoiceActivityError` when the voice-activity model is damaged.
    public init(_ foundations: Daemon.Foundations, environment: [String: String]) throws {
        self.foundations = foundations
        let folders = ModelLibrary.sharedFolders(
            environment: environment, executable: ModelLibrary.executablePath())
        voiceActivity = try VoiceActivityModel.embedded(in: folders)
    }

    public func handle(_ event: WireEvent, from peer: Peer, reply: Reply) async throws {
        let request = try Dictate(event)
        let user = try checkMicrophone(peer)
        if request.action != .start, let running = sessions.withLock({ $0[user] }) {
            running.stop()
            return try await reply.send(DictationReport.status("stopping"))
        }
        guard request.action != .stop else { return try await reply.send(DictationReport.status("stopped")) }
        try await dictate(request, user, reply)
    }

    /// Whoever comes by TCP is nobody in particular, and other users than the daemon's own must be let in by name.
    private func checkMicrophone(_ peer: Peer) throws(DaemonError) -> UInt32 {
        let access = foundations.configuration.dictation.access
        guard access != "none" else {
            throw DaemonError(.forbidden, "the microphone is closed: dictation.access is \"none\"")
        }
        guard let user = peer.user, access == "any" || user == getuid() || user == 0 else {
            throw DaemonError(
                .forbidden, "only user \(getuid()) may open this microphone; dictation.access = \"any\" lets others")
        }
        return user
    }

    private func dictate(_ request: Dictate, _ user: UInt32, _ reply: Reply) async throws {
        let capture = CaptureOptions(device: foundations.configuration.dictation.device ?? "default")
        let session = DictationSession(capture, endsAfterUtterance: request.isOnce)
        let isFirst = sessions.withLock { sessions in
            guard sessions[user] == nil else { return false }
            sessions[user] = session
            return true
        }
        guard isFirst else {
            throw DaemonError(.dictationRunning, "a dictation of this user runs already; stop it first")
        }
        defer { sessions.withLock { $0[user] = nil } }
        let logger = foundations.logger
        logger.notice("microphone opened", metadata: ["user": "\(user)", "device": "\(capture.device)"])
        defer { logger.notice("microphone closed", metadata: ["user": "\(user)"]) }

        let (events, continuation) = AsyncThrowingStream<DictationSessionEvent, any Error>.makeStream()
        let make = maker(request, user)
        let task = Task {
            do {
                try await Dictation.run(session, make) { continuation.yield($0) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        let result: Result<Void, any Error>
        do {
            for try await event in events {
                if let report = DictationReport(event) { try await reply.send(report) }
            }
            try Task.checkCancellation()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        // However it ended, the microphone is closed before the request is.
        task.cancel()
        await task.value
        try result.get()
    }

    private func maker(_ request: Dictate, _ user: UInt32) -> @Sendable () throws -> Dictation {
        let (host, scheduler, voiceActivity) = (foundations.host, foundations.scheduler, voiceActivity)
        return {
            let loan = try host.recognizer(nil)
            let isMultilingual = loan.value.tokenizer.isMultilingual
            var options = TranscriptionOptions()
            options.language = isMultilingual ? request.language : nil
            let decoder = ScheduledDecoder(
                try UtteranceDecoder(model: loan.value, options: options, threads: host.threads), loan: loan,
                scheduler: scheduler, user: user)
            var dictation = DictationOptions()
            dictation.language = isMultilingual ? request.language : "en"
            dictation.commands = SpokenCommands(language: dictation.language ?? "en")
            return Dictation(
                decoder: decoder, detector: VoiceActivityDetector(model: voiceActivity), options: dictation)
        }
    }
}

/// An utterance decoder that computes when it is its turn, before everything else but other dictations.
private final class ScheduledDecoder: UtteranceDecoding {
    private let decoder: UtteranceDecoder
    /// Keeps the model open.
    private let loan: EngineLoan<WhisperModel>
    private let scheduler: Scheduler
    private let user: UInt32

    init(_ decoder: UtteranceDecoder, loan: EngineLoan<WhisperModel>, scheduler: Scheduler, user: UInt32) {
        self.decoder = decoder
        self.loan = loan
        self.scheduler = scheduler
        self.user = user
    }

    var melBins: Int { decoder.melBins }
    var windowFrames: Int { decoder.windowFrames }
    var mostDecidedTokens: Int { decoder.mostDecidedTokens }

    func decode(_ request: UtteranceRequest, shouldStop: () -> Bool) throws -> UtteranceHypothesis {
        try scheduler.perform(.dictation, user: user) { _ in try decoder.decode(request, shouldStop: shouldStop) }
    }

    func wordTimes(of tokens: [Int], language: String) throws -> [AlignedWord] {
        try scheduler.perform(.dictation, user: user) { _ in
            try decoder.wordTimes(of: tokens, language: language)
        }
    }
}

extension DaemonError.Code {
    /// A dictation of this user runs already.
    public static let dictationRunning = Self(rawValue: "dictate.already_running")
}
