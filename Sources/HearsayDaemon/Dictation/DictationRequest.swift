internal import Pipelines
internal import Recognition
internal import VoiceActivity
internal import WireProtocol

/// How a client wants its speech to become text.
struct DictationRequest: Sendable {
    private let request: Dictate
    private var options = DictationOptions()

    /// - Throws: `WireError` for a policy, an interval or a pause that there is not.
    init(_ request: Dictate) throws(WireError) {
        self.request = request
        if let name = request.policy {
            guard let policy = CommitPolicy(rawValue: name) else {
                let known = CommitPolicy.allCases.map(\.rawValue).joined(separator: ", ")
                throw WireError(.fieldInvalid, "'policy' of '\(Dictate.type)' must be one of \(known)")
            }
            options.policy = policy
        }
        options.interval =
            try Self.seconds(request.interval, "interval", DictationOptions.intervals) ?? options.interval
        options.pause = try Self.seconds(request.pause, "pause", DictationOptions.pauses) ?? options.pause
        options.wordTimes = request.wantsWords
    }

    private static func seconds(
        _ value: Double?, _ name: String, _ range: ClosedRange<Double>
    ) throws(WireError) -> Double? {
        if let value, !range.contains(value) {
            throw WireError(
                .fieldInvalid,
                "'\(name)' of '\(Dictate.type)' must be \(range.lowerBound) … \(range.upperBound) seconds")
        }
        return value
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
            return Dictation(decoder: decoder, activity: voiceActivity, options: dictation(isMultilingual))
        }
    }

    private func dictation(_ isMultilingual: Bool) -> DictationOptions {
        var options = options
        options.language = isMultilingual ? request.language : "en"
        options.commands =
            request.obeysCommands ? SpokenCommands(language: options.language ?? "en") : SpokenCommands()
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
