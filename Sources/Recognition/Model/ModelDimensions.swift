internal import WeightFiles

/// The sizes of a Whisper model, named as in Hugging Face's and OpenAI's configurations.
public struct ModelDimensions: Sendable, Equatable {
    /// Mel bins of the spectrogram: 80, or 128 from large-v3 on.
    public var melBins: Int
    /// Encoder positions of a whole window, 20 ms each: 1500.
    public var audioContext: Int
    /// Width of the encoder.
    public var audioState: Int
    public var audioHeads: Int
    public var audioLayers: Int
    /// Inner width of the encoder's feed-forward blocks.
    public var audioFeedForward: Int
    /// Tokens.
    public var vocabularySize: Int
    /// Most tokens of a sequence, prompt included: 448.
    public var textContext: Int
    /// Width of the decoder.
    public var textState: Int
    public var textHeads: Int
    public var textLayers: Int
    /// Inner width of the decoder's feed-forward blocks.
    public var textFeedForward: Int

    /// Mel frames of a whole window, 10 ms each.
    public var windowFrames: Int { 2 * audioContext }

    /// The encoder's positions for `frames` mel frames: the second convolution has stride 2.
    public func positions(frames: Int) -> Int { (frames + 1) / 2 }

    init(
        melBins: Int, audioContext: Int, audioState: Int, audioHeads: Int, audioLayers: Int, audioFeedForward: Int,
        vocabularySize: Int, textContext: Int, textState: Int, textHeads: Int, textLayers: Int, textFeedForward: Int
    ) {
        self.melBins = melBins
        self.audioContext = audioContext
        self.audioState = audioState
        self.audioHeads = audioHeads
        self.audioLayers = audioLayers
        self.audioFeedForward = audioFeedForward
        self.vocabularySize = vocabularySize
        self.textContext = textContext
        self.textState = textState
        self.textHeads = textHeads
        self.textLayers = textLayers
        self.textFeedForward = textFeedForward
    }

    init(_ header: GGMLHyperparameters) {
        self.init(
            melBins: header.nMels, audioContext: header.nAudioCtx, audioState: header.nAudioState,
            audioHeads: header.nAudioHead, audioLayers: header.nAudioLayer, audioFeedForward: 4 * header.nAudioState,
            vocabularySize: header.nVocab, textContext: header.nTextCtx, textState: header.nTextState,
            textHeads: header.nTextHead, textLayers: header.nTextLayer, textFeedForward: 4 * header.nTextState)
    }

    /// Checks every size against what the engine can run.
    ///
    /// - Throws: `model.configuration_invalid`, naming the field, its value and its limits.
    func validate(source: String) throws(RecognitionError) {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(RecognitionError) {
            guard range.contains(value) else {
                throw RecognitionError(
                    .modelConfigurationInvalid,
                    "\(source): \(name) is \(value), must be \(range.lowerBound)…\(range.upperBound)")
            }
        }
        try check("num_mel_bins", melBins, 1...512)
        try check("max_source_positions", audioContext, 1...65_536)
        try check("d_model (encoder)", audioState, 1...16_384)
        try check("encoder_attention_heads", audioHeads, 1...audioState)
        try check("encoder_layers", audioLayers, 1...256)
        try check("encoder_ffn_dim", audioFeedForward, 1...65_536)
        try check("vocab_size", vocabularySize, 2...1_048_576)
        try check("max_target_positions", textContext, 8...65_536)
        try check("d_model (decoder)", textState, 1...16_384)
        try check("decoder_attention_heads", textHeads, 1...textState)
        try check("decoder_layers", textLayers, 1...256)
        try check("decoder_ffn_dim", textFeedForward, 1...65_536)
        guard audioState.isMultiple(of: audioHeads), textState.isMultiple(of: textHeads) else {
            throw RecognitionError(
                .modelConfigurationInvalid,
                "\(source): the width of the model (\(audioState), \(textState)) is not a multiple of its heads "
                    + "(\(audioHeads), \(textHeads))")
        }
        try checkMemory(source: source)
        guard audioState == textState else {
            throw RecognitionError(
                .modelConfigurationInvalid,
                "\(source): encoder width \(audioState) differs from decoder width \(textState)")
        }
    }

    /// Sizes that are fine one by one may ask for any amount of memory together, which a file of a few kilobytes must
    /// not. The limits are some ten times what large-v3 needs.
    private func checkMemory(source: String) throws(RecognitionError) {
        let widest = max(audioFeedForward, 3 * audioState + 2 * (audioState + 32 * audioHeads))
        let needs = [
            ("the encoder's activations", audioContext * widest, 1 << 27),
            ("the cross-attention memory", textLayers * audioContext * textState, 1 << 30),
            ("the alignment scores", textLayers * textHeads * textContext * audioContext, 1 << 32),
        ]
        for (what, need, limit) in needs where need > limit {
            throw RecognitionError(
                .modelConfigurationInvalid, "\(source): \(what) would take \(need) numbers, the limit is \(limit)")
        }
    }
}
