/// A language and how probable it is, `0...1`.
public struct LanguageProbability: Sendable, Equatable {
    /// The vocabulary's code, such as `en` or `yue`.
    public var code: String
    public var probability: Double

    public init(code: String, probability: Double) {
        self.code = code
        self.probability = probability
    }
}

/// Language detection: one decoder step on `<|startoftranscript|>`, softmax over the language tokens alone.
struct LanguageDetection {
    let languages: [LanguageToken]
    let startOfTranscript: Int

    init(vocabulary: some DecodingVocabulary) {
        languages = vocabulary.special.languages
        startOfTranscript = vocabulary.special.startOfTranscript
    }

    /// Probabilities for each of `windows`, most probable first, equal ones in the vocabulary's order.
    func callAsFunction(
        _ inference: any DecoderInference, windows: [Int]
    ) throws(RecognitionError) -> [[LanguageProbability]] {
        guard !languages.isEmpty else {
            throw RecognitionError(
                .languageUnsupported, "the model's vocabulary has no language tokens, so no language can be detected")
        }
        try inference.begin(windows.map { SequenceStart(window: $0, tokens: [startOfTranscript], probePosition: nil) })
        return windows.indices.map { probabilities(inference.logits(of: $0)) }
    }

    private func probabilities(_ row: LogitsRow) -> [LanguageProbability] {
        var logits = languages.map { row.indices.contains($0.token) ? row[$0.token] : -Float.infinity }
        let probabilities = logits.withUnsafeMutableBufferPointer { (logits) -> [Double] in
            logits.indices.map { Double(LogitOperations.probability(of: $0, in: logits)) }
        }
        let order = probabilities.indices.sorted {
            probabilities[$0] == probabilities[$1] ? $0 < $1 : probabilities[$0] > probabilities[$1]
        }
        return order.map { LanguageProbability(code: languages[$0].code, probability: probabilities[$0]) }
    }
}
