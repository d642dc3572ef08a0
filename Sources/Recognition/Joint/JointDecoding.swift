/// What a model brings for the joint search besides its decoder, and how much each counts.
///
/// A text's score is (1 − s) · decoder + s · spelling + l · language model + b · tokens, all log-probabilities.
/// Source: Watanabe et al., "Hybrid CTC/attention architecture for end-to-end speech recognition" (2017), §IV-B, with
/// shallow fusion of a language model.
struct JointDecoding: Sendable {
    let language: NGramModel?
    var weights: Weights
    /// Letters of each token of text.
    let letters: [[UInt8?]]
    /// The letter between words.
    let space: UInt8?
    let endOfText: Int

    /// From `config.json`: `hearsay.joint_decoding`.
    struct Weights: Sendable, Equatable {
        /// The spelling's share, 0 ..< 0.99: the decoder must keep some.
        var spelling: Float = 0.3
        /// The language model's weight.
        var language: Float = 0.4
        /// What each token of text is given, since language models favour short texts.
        var token: Float = 1
        var beams = 8
    }

    /// Tokens of a text that are worth spelling at each step, by decoder and language model.
    static let proposals = 20
}

extension JointDecoding {
    /// With as many beams as the options ask for.
    func searching(with options: DecodingOptions) -> JointDecoding {
        var result = self
        if let beams = options.beamSize { result.weights.beams = beams }
        return result
    }

    /// - Throws: `model.*` where there is a language model that cannot be used.
    init(
        _ configuration: ModelConfiguration.Joint, directory: String, tokenizer: Tokenizer
    ) throws(RecognitionError) {
        let special = tokenizer.special
        let path = directory + "/" + WhisperModel.languageModelFile
        language =
            FileKind.exists(path)
            ? try NGramModel(path: path, endOfText: special.endOfText, startOfText: special.startOfTranscript) : nil
        weights = configuration.weights
        endOfText = special.endOfText
        space = configuration.alphabet.space
        letters = (0..<special.endOfText).map { configuration.alphabet.classes(of: tokenizer.decode([$0])) }
    }
}
