/// What a model brings for the joint search besides its decoder.
struct JointDecoding: Sendable {
    let language: NGramModel?
    var weights: JointWeights
    /// Letters of each token of text.
    let letters: [[UInt8?]]
    /// The letter between words.
    let space: UInt8?
    let endOfText: Int

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
