internal import StrictJSON
public import WeightFiles

/// The files that describe a model in Hugging Face's layout, made from a whisper.cpp file that has no such files.
public struct ModelDescription: Sendable {
    /// Name and text (UTF-8) of each file: `config.json`, `generation_config.json`, `preprocessor_config.json`,
    /// `tokenizer.json`.
    public let files: [(name: String, text: [UInt8])]

    /// Throws `model.configuration_invalid` or `tokenizer.*` for a file that is no usable model.
    public init(_ file: GGMLFile) throws(RecognitionError) {
        let dimensions = ModelDimensions(file.hyperparameters)
        try dimensions.validate(source: file.path)
        let tokenizer = try Tokenizer(
            ggmlVocabulary: file.vocabulary, vocabularySize: dimensions.vocabularySize, file: file.path)
        files = [
            ("config.json", Self.text(Self.configuration(dimensions, tokenizer.special))),
            ("generation_config.json", Self.text(GenerationConfiguration.value(dimensions, tokenizer))),
            ("preprocessor_config.json", Self.text(Self.preprocessor(dimensions))),
            ("tokenizer.json", try tokenizer.tokenizerJSON()),
        ]
    }

    private static func text(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter(style: .indented(2))
        writer.value(value)
        return writer.bytes + [0x0A]
    }

    private static func configuration(_ dimensions: ModelDimensions, _ special: SpecialTokens) -> JSONValue {
        func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        return .object([
            "architectures": .array([.string("WhisperForConditionalGeneration")]), "model_type": .string("whisper"),
            "activation_function": .string("gelu"), "d_model": number(dimensions.audioState),
            "encoder_layers": number(dimensions.audioLayers), "decoder_layers": number(dimensions.textLayers),
            "encoder_attention_heads": number(dimensions.audioHeads),
            "decoder_attention_heads": number(dimensions.textHeads),
            "encoder_ffn_dim": number(dimensions.audioFeedForward),
            "decoder_ffn_dim": number(dimensions.textFeedForward),
            "max_source_positions": number(dimensions.audioContext),
            "max_target_positions": number(dimensions.textContext),
            "num_mel_bins": number(dimensions.melBins), "vocab_size": number(dimensions.vocabularySize),
            "scale_embedding": .bool(false), "bos_token_id": number(special.endOfText),
            "eos_token_id": number(special.endOfText), "pad_token_id": number(special.endOfText),
            "decoder_start_token_id": number(special.startOfTranscript),
        ])
    }

    private static func preprocessor(_ dimensions: ModelDimensions) -> JSONValue {
        .object([
            "feature_extractor_type": .string("WhisperFeatureExtractor"),
            "feature_size": .integer(Int64(dimensions.melBins)), "sampling_rate": .integer(16_000),
            "hop_length": .integer(160), "chunk_length": .integer(30), "n_fft": .integer(400),
            "n_samples": .integer(480_000), "nb_max_frames": .integer(3000), "padding_side": .string("right"),
            "padding_value": .number(0), "return_attention_mask": .bool(false),
        ])
    }
}
