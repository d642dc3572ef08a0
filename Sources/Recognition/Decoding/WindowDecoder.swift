internal import Tensors

/// Decodes encoded windows at one temperature, several in one batch.
///
/// Every window is on its own: own prompt, own search, own end; it leaves the batch when it has ended. A window's
/// result therefore does not depend on what it shares the batch with. Between two tokens the decoder looks whether
/// the task was cancelled.
struct WindowDecoder<Vocabulary: DecodingVocabulary> {
    private let vocabulary: Vocabulary
    private let options: DecodingOptions
    private let filters: [any LogitFilter]
    private let textContext: Int
    private let joint: JointDecoding?

    /// - Parameters:
    ///   - textContext: the decoder's longest sequence, in tokens.
    ///   - timestampPrecision: seconds per timestamp token.
    ///   - joint: what votes beside the decoder, at temperature 0.
    init(
        vocabulary: Vocabulary, options: DecodingOptions, textContext: Int, timestampPrecision: Double = 0.02,
        joint: JointDecoding? = nil
    ) throws(RecognitionError) {
        try options.validate()
        self.vocabulary = vocabulary
        self.options = options
        self.textContext = textContext
        self.joint = options.temperature == 0 && !options.decoderAlone ? joint?.searching(with: options) : nil
        filters = Self.filters(options, vocabulary, timestampPrecision, isJoint: self.joint != nil)
    }

    /// Decodes each request; result `i` belongs to `requests[i]`.
    func decode(
        _ requests: [DecodingRequest], with inference: any DecoderInference
    ) throws(RecognitionError) -> [DecodingResult] {
        guard !requests.isEmpty else { return [] }
        var windows: [ActiveWindow] = []
        for request in requests {
            let initial = try InitialTokens(
                request: request, options: options, vocabulary: vocabulary, textContext: textContext)
            windows.append(ActiveWindow(initial: initial, search: search(request, with: inference)))
        }
        try inference.begin(
            zip(requests, windows).map {
                SequenceStart(
                    window: $0.window, tokens: $1.initial.tokens, probePosition: $1.initial.startOfTranscriptIndex)
            })
        for index in windows.indices {
            guard let row = inference.probeLogits(of: index) else { continue }
            let token = vocabulary.special.noSpeech
            windows[index].noSpeechProbability = Double(LogitOperations.probability(of: token, in: row))
        }
        try search(&windows, with: inference, within: requests.compactMap(\.budget).first)
        return windows.map(result)
    }

    private func search(
        _ windows: inout [ActiveWindow], with inference: any DecoderInference, within budget: WindowBudget?
    ) throws(RecognitionError) {
        var active = Array(windows.indices)
        var sequenceCount = windows.count
        let sampleLength = options.sampleLength ?? textContext / 2
        for step in 0..<sampleLength {
            Checkpoint.pass()
            if Task.isCancelled { throw .cancelledDecoding }
            if let budget, budget.isSpent { throw .spentBudget }
            var row = 0
            var parents: [Int] = []
            var tokens: [Int] = []
            var stillActive: [Int] = []
            for index in active {
                let firstRow = row
                let rows = windows[index].search.live.map { sampled in
                    defer { row += 1 }
                    return filtered(inference.logits(of: row), sampled)
                }
                let continuations = windows[index].search.update(rows)
                let length = windows[index].initial.tokens.count + step + 1
                guard !continuations.isEmpty, length <= textContext else { continue }
                stillActive.append(index)
                parents += continuations.map { firstRow + $0.parent }
                tokens += continuations.map(\.token)
            }
            active = stillActive
            guard !active.isEmpty, step + 1 < sampleLength else { return }
            if parents != Array(0..<sequenceCount) {
                inference.select(parents)
            }
            sequenceCount = parents.count
            try inference.step(tokens)
        }
    }

    private func filtered(_ row: LogitsRow, _ sampled: [Int]) -> LogitsRow {
        for filter in filters {
            filter.apply(to: row, sampled: sampled)
        }
        return row
    }

    private func search(_ request: DecodingRequest, with inference: any DecoderInference) -> any TokenSearch {
        let endOfText = vocabulary.special.endOfText
        if let joint, let spelling = inference.spelling(of: request.window) {
            return JointBeamSearch(
                joint, spelling: spelling, timestampBegin: vocabulary.special.timestampBegin,
                decided: options.prefix + request.decided)
        }
        if let beamSize = options.beamSize {
            return BeamSearch(beamSize: beamSize, patience: options.patience, endOfText: endOfText)
        }
        return GreedyDecoder(
            temperature: options.temperature, group: options.groupSize, endOfText: endOfText, seed: request.seed)
    }

    private func result(_ window: ActiveWindow) -> DecodingResult {
        let candidates = window.search.candidates()
        let best = MaximumLikelihoodRanker(lengthPenalty: options.lengthPenalty).best(candidates)
        let chosen = best.map { candidates[$0] } ?? SearchCandidate(tokens: [], sumLogProbability: 0)
        let text = ReferenceText.strip(vocabulary.decode(chosen.tokens))
        return DecodingResult(
            tokens: chosen.tokens, text: text,
            averageLogProbability: Double(chosen.sumLogProbability) / Double(chosen.tokens.count + 1),
            noSpeechProbability: window.noSpeechProbability, temperature: options.temperature,
            compressionRatio: CompressionRatio.of(text), isJoint: chosen.score != nil)
    }

    private static func filters(
        _ options: DecodingOptions, _ vocabulary: Vocabulary, _ timestampPrecision: Double, isJoint: Bool
    ) -> [any LogitFilter] {
        let special = vocabulary.special
        var filters: [any LogitFilter] = []
        if options.suppressBlank {
            filters.append(SuppressBlank(tokens: vocabulary.encode(" ") + [special.endOfText]))
        }
        let suppressed = SuppressTokens.list(options.suppressTokens, vocabulary: vocabulary)
        if !suppressed.isEmpty {
            filters.append(SuppressTokens(tokens: suppressed))
        }
        if options.withoutTimestamps, isJoint {
            filters.append(SuppressTimestamps(timestampBegin: special.timestampBegin))
        }
        if !options.withoutTimestamps {
            let limit = options.maxInitialTimestamp.flatMap { $0 > 0 ? $0 : nil }
            filters.append(
                ApplyTimestampRules(
                    endOfText: special.endOfText, noTimestamps: special.noTimestamps,
                    timestampBegin: special.timestampBegin,
                    maxInitialTimestampIndex: limit.map {
                        Int(($0 / timestampPrecision).rounded(.toNearestOrEven))
                    }, prefersTimestamps: !isJoint))
        }
        return filters
    }
}

/// A window in the batch: where it began and how far its search is.
private struct ActiveWindow {
    let initial: InitialTokens
    var search: any TokenSearch
    var noSpeechProbability = Double.nan
}

extension RecognitionError {
    static var cancelledDecoding: RecognitionError {
        RecognitionError(.cancelled, "decoding was cancelled; start it again to get the rest")
    }
}
