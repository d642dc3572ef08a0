/// The tensors of a whisper.cpp model under the names and shapes that Hugging Face has for them.
public struct HuggingFaceNames: WeightSource {
    public let names: [String]
    private let file: GGMLFile
    /// The file's names, by Hugging Face's.
    private let originals: [String: String]

    public init(_ file: GGMLFile) {
        self.file = file
        names = file.names.map { Self.name($0, prefix: "model.") }
        originals = Dictionary(zip(names, file.names), uniquingKeysWith: { first, _ in first })
    }

    public var path: String { file.path }

    public subscript(name: String) -> WeightTensor? {
        guard let original = originals[name], let tensor = file[original] else { return nil }
        return tensor.renamed(name)
    }

    public func verifyUnchanged() throws(WeightFileError) { try file.verifyUnchanged() }

    /// `encoder.layers.0.self_attn.q_proj.weight`, behind `prefix`, for `encoder.blocks.0.attn.query.weight`: the name
    /// in Hugging Face's form of a tensor that OpenAI and whisper.cpp call `original`.
    public static func name(_ original: String, prefix: String) -> String {
        var parts: [Substring] = []
        var isInFeedForward = false
        for part in original.split(separator: ".") {
            switch part {
            case "mlp": isInFeedForward = true
            case "0" where isInFeedForward: parts.append("fc1")
            case "2" where isInFeedForward: parts.append("fc2")
            default: parts.append(renamed[part] ?? part)
            }
        }
        return prefix + parts.joined(separator: ".")
    }

    private static let renamed: [Substring: Substring] = [
        "blocks": "layers", "attn": "self_attn", "cross_attn": "encoder_attn", "attn_ln": "self_attn_layer_norm",
        "cross_attn_ln": "encoder_attn_layer_norm", "mlp_ln": "final_layer_norm", "ln_post": "layer_norm",
        "ln": "layer_norm", "query": "q_proj", "key": "k_proj", "value": "v_proj", "out": "out_proj",
        "token_embedding": "embed_tokens", "positional_embedding": "embed_positions.weight",
    ]
}

extension WeightTensor {
    /// The same data under another name; a bias that is written as [n, 1] becomes [n].
    fileprivate func renamed(_ name: String) -> WeightTensor {
        let isBias = name.hasSuffix(".bias") && shape.count == 2 && shape[1] == 1
        return WeightTensor(
            name: name, shape: isBias ? [shape[0]] : shape, type: type, elementCount: elementCount, bytes: bytes,
            file: file)
    }

    private init(
        name: String, shape: [Int], type: ElementType, elementCount: Int, bytes: UnsafeRawBufferPointer,
        file: MappedFile
    ) {
        self.name = name
        self.shape = shape
        self.type = type
        self.elementCount = elementCount
        self.bytes = bytes
        self.file = file
    }
}
