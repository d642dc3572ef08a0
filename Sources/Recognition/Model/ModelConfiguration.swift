internal import StrictJSON

/// What a model folder's JSON files say beyond the weights: `config.json` and `generation_config.json` in Hugging
/// Face's layout.
struct ModelConfiguration {
    var dimensions: ModelDimensions
    /// Decoder heads whose cross-attention follows the audio, or empty when the files do not say.
    var alignmentHeads: [AlignmentHead] = []
    /// The encoder was trained on windows of any length, so that short audio need not be padded to 30 s.
    var variableLength = false
    /// What votes beside the decoder, where the model has it.
    var joint: Joint?

    struct Joint: Equatable {
        /// What the spelling head spells with.
        var alphabet: SpellingAlphabet
        var weights: JointWeights
    }

    /// Reads `config.json`, and `generation_config.json` when it is there.
    init(directory: String) throws(RecognitionError) {
        let path = directory + "/config.json"
        guard let config = try ModelFolderFile.configuration.read(path) else {
            throw RecognitionError(
                .modelUnreadable, "\(path) is missing; a model folder needs it (Hugging Face layout)")
        }
        try self.init(
            config: config, generation: try ModelFolderFile.configuration.read(directory + "/generation_config.json"),
            directory: directory)
    }

    /// Reads the contents of `config.json` and, if there is one, `generation_config.json`; `directory` is for errors.
    ///
    /// - Throws: `model.configuration_invalid`.
    init(config: [UInt8], generation: [UInt8]?, directory: String) throws(RecognitionError) {
        let path = directory + "/config.json"
        let generationPath = directory + "/generation_config.json"
        guard let config = try Self.parse(config, path).object else {
            throw RecognitionError(.modelConfigurationInvalid, "\(path) is no JSON object")
        }
        func integer(_ key: String, default fallback: Int? = nil) throws(RecognitionError) -> Int {
            if let value = config[key]?.integer { return value }
            guard config[key] == nil, let fallback else {
                throw RecognitionError(.modelConfigurationInvalid, "\(path): \(key) must be an integer")
            }
            return fallback
        }
        let state = try integer("d_model")
        dimensions = ModelDimensions(
            melBins: try integer("num_mel_bins", default: 80),
            audioContext: try integer("max_source_positions", default: 1500), audioState: state,
            audioHeads: try integer("encoder_attention_heads"), audioLayers: try integer("encoder_layers"),
            audioFeedForward: try integer("encoder_ffn_dim"), vocabularySize: try integer("vocab_size"),
            textContext: try integer("max_target_positions", default: 448), textState: state,
            textHeads: try integer("decoder_attention_heads"), textLayers: try integer("decoder_layers"),
            textFeedForward: try integer("decoder_ffn_dim"))
        try dimensions.validate(source: path)
        if let activation = config["activation_function"]?.string, activation != "gelu" {
            throw RecognitionError(
                .modelConfigurationInvalid,
                "\(path): activation_function \"\(activation)\" is unknown, must be \"gelu\"")
        }
        variableLength = config["hearsay"]?["variable_length"] == .bool(true)
        if let value = config["hearsay"]?["joint_decoding"] { joint = try Self.joint(value, path: path) }
        if let generation, let heads = try Self.parse(generation, generationPath)["alignment_heads"] {
            alignmentHeads = try Self.heads(heads.array, dimensions: dimensions, path: generationPath)
        } else {
            alignmentHeads = try Self.heads(config["alignment_heads"]?.array, dimensions: dimensions, path: path)
        }
    }

    private static func joint(_ value: JSONValue, path: String) throws(RecognitionError) -> Joint {
        func weight(_ key: String, _ range: Range<Double>, _ fallback: Float) throws(RecognitionError) -> Float {
            guard let found = value[key] else { return fallback }
            guard let number = found.double, range.contains(number) else {
                throw RecognitionError(
                    .modelConfigurationInvalid,
                    "\(path): joint_decoding.\(key) must be from \(range.lowerBound) to "
                        + "below \(range.upperBound)")
            }
            return Float(number)
        }
        guard let alphabet = value["letters"]?.string.flatMap(SpellingAlphabet.init) else {
            throw RecognitionError(
                .modelConfigurationInvalid,
                "\(path): joint_decoding.letters must be the spelling head's letters, 1 to 254 different ones")
        }
        var weights = JointWeights()
        weights.spelling = try weight("spelling_weight", 0..<0.99, weights.spelling)
        weights.language = try weight("language_weight", 0..<10, weights.language)
        weights.token = try weight("token_bonus", 0..<10, weights.token)
        weights.beams = Int(try weight("beams", 1..<65, Float(weights.beams)))
        return Joint(alphabet: alphabet, weights: weights)
    }

    private static func heads(
        _ pairs: [JSONValue]?, dimensions: ModelDimensions, path: String
    ) throws(RecognitionError) -> [AlignmentHead] {
        var heads: [AlignmentHead] = []
        for pair in pairs ?? [] {
            guard let pair = pair.array, pair.count == 2, let layer = pair[0].integer, let head = pair[1].integer,
                (0..<dimensions.textLayers).contains(layer), (0..<dimensions.textHeads).contains(head)
            else {
                throw RecognitionError(
                    .modelConfigurationInvalid,
                    "\(path): alignment_heads must be pairs [layer, head] below "
                        + "[\(dimensions.textLayers), \(dimensions.textHeads)]")
            }
            heads.append(AlignmentHead(layer: layer, head: head))
        }
        return heads
    }

    /// Most values of a file; Whisper's have some hundred.
    static let valueLimit = 1 << 16

    private static func parse(_ text: [UInt8], _ path: String) throws(RecognitionError) -> JSONValue {
        do {
            return try JSONValue(parsing: text, limits: JSONLimits(values: valueLimit))
        } catch {
            let fault = error.code == .limit ? "is larger than a configuration may be" : "is not valid JSON"
            throw RecognitionError(.modelConfigurationInvalid, "\(path) \(fault)", cause: error)
        }
    }
}
