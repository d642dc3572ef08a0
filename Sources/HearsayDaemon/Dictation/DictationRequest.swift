internal import Pipelines
internal import Recognition
internal import VoiceActivity
internal import WireProtocol

/// How a client wants its speech to become text.
struct DictationRequest: Sendable {
    private let request: Dictate
    private let policy: CommitPolicy
    private let interval: Double?

    /// - Throws: `WireError` for a policy or an interval that there is not.
    init(_ request: Dictate) throws(WireError) {
        self.request = request
        guard let policy = CommitPolicy(rawValue: request.policy ?? CommitPolicy.localAgreement.rawValue) else {
            let known = CommitPolicy.allCases.map(\.rawValue).joined(separator: ", ")
            throw WireError(.fieldInvalid, "'policy' of '\(Dictate.type)' must be one of \(known)")
        }
        if let interval = request.interval, !(0.1...5).contains(interval) {
            throw WireError(.fieldInvalid, "'interval' of '\(Dictate.type)' must be 0.1 … 5 seconds")
        }
        self.policy = policy
        interval = request.interval
    }

    /// Makes the dictation, once the microphone is open.
    func maker(
        _ host: EngineHost, _ scheduler: Scheduler, _ voiceActivity: VoiceActivityModel, _ user: UInt32
    ) -> @Sendable () throws -> Dictation {
        {
            let loan = try host.recognizer(request.model)
            let isMultilingual = loan.value.tokenizer.isMultilingual
            var options = TranscriptionOptions()
            options.language = isMultilingual ? request.language : nil
            if let terms = request.terms, !terms.isEmpty { options.hotwords = terms.joined(separator: ", ") }
            let decoder = ScheduledDecoder(
                try UtteranceDecoder(model: loan.value, options: options, threads: host.threads), loan: loan,
                scheduler: scheduler, user: user)
            return Dictation(
                decoder: decoder, detector: VoiceActivityDetector(model: voiceActivity),
                options: dictation(isMultilingual))
        }
    }

    private func dictation(_ isMultilingual: Bool) -> DictationOptions {
        var options = DictationOptions()
        options.policy = policy
        if let interval { options.interval = interval }
        options.language = isMultilingual ? request.language : "en"
        options.commands =
            request.obeysCommands ? SpokenCommands(language: options.language ?? "en") : SpokenCommands()
        options.wordTimes = request.wantsWords
        return options
    }
}

/// An utterance decoder that computes when it is its turn, before everything else but other dictations.
final class ScheduledDecoder: UtteranceDecoding {
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
