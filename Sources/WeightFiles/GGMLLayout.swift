/// The tensors that a whisper.cpp model must hold, from its hyperparameters: as `whisper_model_load` checks them.
struct GGMLLayout {
    /// Shapes by name, outermost size first.
    private(set) var shapes: [String: [Int]] = [:]
    /// The names in a fixed order, for naming the first that is missing.
    private(set) var names: [String] = []

    init(_ hyperparameters: GGMLHyperparameters) {
        let audio = hyperparameters.nAudioState
        let text = hyperparameters.nTextState
        let blocks = hyperparameters.nAudioLayer * 15 + hyperparameters.nTextLayer * 24
        shapes.reserveCapacity(blocks + 11)
        names.reserveCapacity(blocks + 11)

        add("encoder.positional_embedding", [hyperparameters.nAudioCtx, audio])
        add("encoder.conv1.weight", [audio, hyperparameters.nMels, 3])
        add("encoder.conv1.bias", [audio, 1])
        add("encoder.conv2.weight", [audio, audio, 3])
        add("encoder.conv2.bias", [audio, 1])
        addNorm("encoder.ln_post", audio)
        for layer in 0..<hyperparameters.nAudioLayer { addBlock("encoder.blocks.\(layer)", audio) }

        add("decoder.positional_embedding", [hyperparameters.nTextCtx, text])
        add("decoder.token_embedding.weight", [hyperparameters.nVocab, text])
        addNorm("decoder.ln", text)
        for layer in 0..<hyperparameters.nTextLayer {
            addBlock("decoder.blocks.\(layer)", text)
            addNorm("decoder.blocks.\(layer).cross_attn_ln", text)
            addAttention("decoder.blocks.\(layer).cross_attn", text)
        }
    }

    private mutating func add(_ name: String, _ shape: [Int]) {
        shapes[name] = shape
        names.append(name)
    }

    private mutating func addNorm(_ name: String, _ width: Int) {
        add(name + ".weight", [width])
        add(name + ".bias", [width])
    }

    private mutating func addLinear(_ name: String, _ rows: Int, _ columns: Int) {
        add(name + ".weight", [rows, columns])
        add(name + ".bias", [rows])
    }

    private mutating func addAttention(_ name: String, _ width: Int) {
        addLinear(name + ".query", width, width)
        add(name + ".key.weight", [width, width])
        addLinear(name + ".value", width, width)
        addLinear(name + ".out", width, width)
    }

    private mutating func addBlock(_ name: String, _ width: Int) {
        addNorm(name + ".attn_ln", width)
        addAttention(name + ".attn", width)
        addNorm(name + ".mlp_ln", width)
        addLinear(name + ".mlp.0", 4 * width, width)
        addLinear(name + ".mlp.2", width, 4 * width)
    }

    /// True when `shape` is what `name` needs, sizes of 1 left aside: converters write a bias as [n] or [n, 1].
    func accepts(_ shape: [Int], for name: String) -> Bool {
        guard let needed = shapes[name] else { return false }
        return shape.filter { $0 != 1 } == needed.filter { $0 != 1 }
    }
}
