internal import StrictJSON

/// What a model folder's JSON files say beyond the weights: `config.json` and `generation_config.json` in Hugging
/// Face's layout.
struct ModelConfiguration {
    var dimensions: ModelDimensions
    /// Decoder heads whose cross-attention follows the audio, or empty when the files do not say.
    var alignmentHeads: [AlignmentHead] = []
    /// The encoder was trained on windows of any length, so that short audio need not be padded to 30 s.
    var variableLength = false

    /// Reads `config.json`, and `generation_config.json` when it is there.
    init(directory: String) throws(RecognitionError) {
        let path = directory + "/config.json"
        guard let config = try JSONFile.read(path)?.object else {
            throw RecognitionError(
                .modelUnreadable, "\(path) is missing or no JSON object; a model folder needs it (Hugging Face layout)")
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
        let generation = try JSONFile.read(directory + "/generation_config.json")
        alignmentHeads = try Self.heads(
            (generation?["alignment_heads"] ?? config["alignment_heads"])?.array, dimensions: dimensions, path: path)
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
}

/// A JSON file of a model folder.
enum JSONFile {
    /// The parsed file, or nil when there is none.
    static func read(_ path: String) throws(RecognitionError) -> JSONValue? {
        guard let bytes = try TokenizerFile.read(path) else { return nil }
        do {
            return try bytes.withUnsafeBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            throw RecognitionError(.modelConfigurationInvalid, "\(path) is not valid JSON", cause: error)
        }
    }
}
