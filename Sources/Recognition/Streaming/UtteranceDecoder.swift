internal import Tensors

/// The engine for utterances that are still being spoken: each call encodes the sound so far and decodes what follows
/// the decided tokens, without timestamps.
public final class UtteranceDecoder: UtteranceDecoding {
    private let model: WhisperModel
    private let options: TranscriptionOptions
    private let context: InferenceContext
    private let session: TextDecoderSession
    private var decoders: [DecoderKey: WindowDecoder<Tokenizer>] = [:]
    /// Mel frames of the sound that was encoded last.
    private var frames = 0

    private struct DecoderKey: Hashable {
        let temperature: Double
        let mayBeEmpty: Bool
    }

    /// - Parameters:
    ///   - options: search, suppression, thresholds, hotwords; beams and clips are not for utterances.
    ///   - threads: how many threads work on each operation; nil for one per processor.
    /// - Throws: `recognition.option_invalid`, `recognition.resource_exhausted`.
    public init(
        model: WhisperModel, options: TranscriptionOptions = TranscriptionOptions(), threads: Int? = nil
    ) throws(RecognitionError) {
        var options = options
        options.withoutTimestamps = true
        options.batchSize = 1
        try options.validate()
        self.model = model
        self.options = options
        context = try InferenceContext(threads: threads ?? ThreadPool.availableProcessors)
        session = TextDecoderSession(model: model, windows: [], pool: context.pool)
    }

    public var melBins: Int { model.dimensions.melBins }
    public var windowFrames: Int { model.dimensions.windowFrames }
    public var mostDecidedTokens: Int { model.dimensions.textContext * 3 / 8 }

    public func decode(
        _ request: UtteranceRequest, shouldStop: () -> Bool
    ) throws -> UtteranceHypothesis {
        try model.verifyUnchanged()
        frames = min(request.mel.count / melBins, windowFrames)
        session.listen(to: [])
        let encoded = try request.mel.withUnsafeBufferPointer { mel throws(RecognitionError) in
            try model.encode(mel: UnsafeBufferPointer(rebasing: mel[..<(frames * melBins)]), in: context)
        }
        session.listen(to: [encoded])
        if shouldStop() { throw RecognitionError.cancelledDecoding }
        let language = try language(request)
        let (result, isPlausible) = try withoutActuallyEscaping(shouldStop) { shouldStop in
            try decode(request, language, InterruptibleInference(session, shouldStop: shouldStop))
        }
        let tokens = isPlausible ? result.tokens.filter { $0 < model.tokenizer.special.endOfText } : []
        var words = words(of: tokens, language)
        if request.wantsAttention { try attend(&words, after: request.decided, language) }
        return UtteranceHypothesis(words: words, language: language, isPlausible: isPlausible)
    }

    public func wordTimes(of tokens: [Int], language: String) throws -> [AlignedWord] {
        guard !tokens.isEmpty, frames > 0 else { return [] }
        let aligner = try WordAligner(vocabulary: model.tokenizer, language: language, task: options.task)
        let sequence = aligner.sequence(for: tokens, textContext: model.dimensions.textContext)
        let pass = try session.align(window: 0, tokens: sequence)
        let split = model.tokenizer.splitToWordTokens(
            tokens + [aligner.endOfText], language: splittingLanguage(language))
        var timings = aligner.timings(words: split, pass: pass, frames: frames)
        WordDurations(timings).truncateAtSentenceEnds(&timings)
        PunctuationMerging().apply(to: &timings)
        return timings.filter { !$0.word.isEmpty }.map {
            AlignedWord(
                word: Word(
                    text: $0.word, start: max(0, $0.start), end: max(0, $0.end), probability: $0.probability),
                tokens: $0.tokens)
        }
    }

    // MARK: Steps

    private func language(_ request: UtteranceRequest) throws -> String {
        guard model.tokenizer.isMultilingual else { return "en" }
        if let language = request.language ?? options.language { return language }
        return try LanguageDetection(vocabulary: model.tokenizer)(session, windows: [0])[0].first?.code ?? "en"
    }

    private func decode(
        _ request: UtteranceRequest, _ language: String, _ inference: InterruptibleInference
    ) throws -> (DecodingResult, isPlausible: Bool) {
        // A long prompt must not take the room of what is to be decoded.
        let room = max(0, model.dimensions.textContext / 2 - 1 - request.decided.count)
        let decoding = DecodingRequest(
            window: 0, language: language, prompt: Array(request.prompt.suffix(room)), decided: request.decided)
        var fallback = options.fallback
        if !request.isFinal { fallback.temperatures = Array(fallback.temperatures.prefix(1)) }
        // The few tokens after the decided ones say little about the whole.
        if !request.decided.isEmpty { fallback.logProbabilityThreshold = nil }
        let results = try fallback.decode(count: 1) { _, temperature in
            try decoder(temperature, mayBeEmpty: !request.decided.isEmpty).decode([decoding], with: inference)
        }
        let isSilence = request.decided.isEmpty && options.noSpeechRule.skips(results[0])
        let limit = fallback.compressionRatioThreshold ?? .infinity
        return (results[0], !isSilence && results[0].compressionRatio <= limit)
    }

    /// A text that begins with decided tokens may end with them.
    private func decoder(_ temperature: Double, mayBeEmpty: Bool) throws(RecognitionError) -> WindowDecoder<Tokenizer> {
        let key = DecoderKey(temperature: temperature, mayBeEmpty: mayBeEmpty)
        if let decoder = decoders[key] { return decoder }
        var decoding = options.decodingOptions(temperature: temperature, vocabulary: model.tokenizer)
        decoding.suppressBlank = options.suppressBlank && !mayBeEmpty
        decoding.sampleLength = options.sampleLength ?? model.dimensions.textContext / 2
        let decoder = try WindowDecoder(
            vocabulary: model.tokenizer, options: decoding, textContext: model.dimensions.textContext,
            joint: model.joint)
        decoders[key] = decoder
        return decoder
    }

    private func words(of tokens: [Int], _ language: String) -> [HypothesisWord] {
        let split = model.tokenizer.splitToWordTokens(tokens, language: splittingLanguage(language))
        return zip(split.words, split.tokens).map { HypothesisWord(text: $0, tokens: $1) }
    }

    /// Finds the moment that each word attended to most.
    private func attend(_ words: inout [HypothesisWord], after decided: [Int], _ language: String) throws {
        guard !words.isEmpty, frames > 1 else { return }
        let aligner = try WordAligner(vocabulary: model.tokenizer, language: language, task: options.task)
        let tokens = decided + words.flatMap(\.tokens)
        let sequence = aligner.sequence(for: tokens, textContext: model.dimensions.textContext)
        let matrix = AlignmentMatrix(try session.align(window: 0, tokens: sequence), positions: frames / 2)
        // The row before a token is the one that chose it.
        var row = aligner.opening.count - 1 + decided.count
        for index in words.indices {
            row += words[index].tokens.count
            guard row <= matrix.tokens else { return }
            words[index].attended = matrix.strongest(row: row - 1).map { Double($0) / WordAligner.positionsPerSecond }
        }
    }

    private func splittingLanguage(_ language: String) -> String? {
        model.tokenizer.isMultilingual ? language : nil
    }
}

extension AlignmentMatrix {
    /// The position that a row attends to most; nil where none can be told.
    fileprivate func strongest(row: Int) -> Int? {
        let weights = values[row * positions..<(row + 1) * positions]
        guard let best = weights.indices.max(by: { weights[$0] < weights[$1] }), weights[best].isFinite else {
            return nil
        }
        return best - weights.startIndex
    }
}

/// A decoder that gives up between two tokens when somebody says so.
private final class InterruptibleInference: DecoderInference {
    private let inference: TextDecoderSession
    private let shouldStop: () -> Bool

    init(_ inference: TextDecoderSession, shouldStop: @escaping () -> Bool) {
        self.inference = inference
        self.shouldStop = shouldStop
    }

    var vocabularySize: Int { inference.vocabularySize }

    func begin(_ starts: [SequenceStart]) throws(RecognitionError) {
        try inference.begin(starts)
    }

    func step(_ tokens: [Int]) throws(RecognitionError) {
        if shouldStop() { throw .cancelledDecoding }
        try inference.step(tokens)
    }

    func select(_ parents: [Int]) {
        inference.select(parents)
    }

    func logits(of sequence: Int) -> UnsafeMutableBufferPointer<Float> {
        inference.logits(of: sequence)
    }

    func probeLogits(of sequence: Int) -> UnsafeMutableBufferPointer<Float>? {
        inference.probeLogits(of: sequence)
    }

    func spelling(of window: Int) -> Spelling? { inference.spelling(of: window) }

    func align(window: Int, tokens: [Int]) throws(RecognitionError) -> AlignmentPass {
        try inference.align(window: window, tokens: tokens)
    }
}
