import ONNXFiles

/// Which stored tensor of an exported graph is which parameter of VITS.
struct VITSGraph {
    /// `(x − offset) · multiplier`, where the multiplier is stored as a logarithm, perhaps with the wrong sign.
    struct Affine {
        var offset: String
        var multiplier: String
        var isLogarithm: Bool
        var isNegated: Bool
    }

    private static let modules = ["enc_p.", "dp.", "flow.", "dec.", "emb_g."]

    /// PyTorch's name of a parameter → the tensor's name in the file.
    private(set) var names: [String: String] = [:]
    /// In order of execution, with their paths.
    private(set) var convolutions: [(path: String, node: ONNXModel.Node)] = []
    private(set) var affine: Affine?
    private let model: ONNXModel

    init(model: ONNXModel) {
        self.model = model
        for name in model.tensorNames where Self.isCanonical(name) { names[name] = name }
        findConvolutions()
        findEmbeddings()
        findNorms()
        findRelativePositions()
        affine = findAffine()
    }

    private static func isCanonical(_ name: String) -> Bool { modules.contains { name.hasPrefix($0) } }

    /// `/dec/ups.0/ConvTranspose` → `dec.ups.0`; nil when the operation's name holds no path.
    private static func scope(_ node: ONNXModel.Node) -> String? {
        var parts = node.name.split(separator: "/")
        guard parts.count > 1 else { return nil }
        parts.removeLast()
        let path = parts.joined(separator: ".")
        return isCanonical(path + ".") ? path : nil
    }

    private func isStored(_ name: String?, rank: Int) -> Bool {
        guard let name, let shape = model.shape(of: name) else { return false }
        return shape.count == rank
    }

    // MARK: Convolutions

    private mutating func findConvolutions() {
        let nodes = model.nodes.filter {
            ($0.operation == "Conv" || $0.operation == "ConvTranspose") && isStored($0.input(1), rank: 3)
        }
        var paths = nodes.map(Self.path)
        if paths.contains(where: { $0 == nil }) {
            let ordered = VITSExecutionOrder(model: model, convolutions: nodes).paths()
            paths = ordered ?? paths
        }
        for (path, node) in zip(paths, nodes) {
            guard let path else { continue }
            convolutions.append((path, node))
            names[path + ".weight"] = node.input(1)
            if let bias = node.input(2) { names[path + ".bias"] = bias }
        }
    }

    private static func path(of node: ONNXModel.Node) -> String? {
        for (position, suffix) in [(2, ".bias"), (1, ".weight")] {
            if let name = node.input(position), isCanonical(name), name.hasSuffix(suffix) {
                return String(name.dropLast(suffix.count))
            }
        }
        return scope(node)
    }

    // MARK: Everything else

    /// The tables that the graph's own inputs, phonemes and speaker, look up.
    private mutating func findEmbeddings() {
        for node in model.nodes where node.operation == "Gather" && isStored(node.input(0), rank: 2) {
            guard let indices = node.input(1), let position = model.inputs.firstIndex(of: indices) else { continue }
            names[position == 0 ? "enc_p.emb.weight" : "emb_g.weight"] = node.input(0)
        }
    }

    private mutating func findNorms() {
        for node in model.nodes {
            guard let path = Self.scope(node), path.contains("norm") else { continue }
            switch node.operation {
            case "Mul", "Add":
                let name = path + (node.operation == "Mul" ? ".gamma" : ".beta")
                let operand = node.inputs.first { isStored($0, rank: 1) }
                if names[name] == nil, let operand { names[name] = operand }
            case "LayerNormalization":
                if let gain = node.input(1) { names[path + ".gamma"] = gain }
                if let bias = node.input(2) { names[path + ".beta"] = bias }
            default: break
            }
        }
    }

    /// The embeddings of relative positions are the only stored tensors that are padded: keys, then values, by layer.
    private mutating func findRelativePositions() {
        let padded = model.nodes.filter {
            ($0.operation == "Pad" || $0.operation == "Slice") && isStored($0.input(0), rank: 3)
        }
        for (position, node) in padded.enumerated() {
            guard let tensor = node.input(0), !Self.isCanonical(tensor) else { continue }
            let letter = position.isMultiple(of: 2) ? "k" : "v"
            names["enc_p.encoder.attn_layers.\(position / 2).emb_rel_\(letter)"] = tensor
        }
    }

    /// The only subtraction of a stored `[2, 1]`, and the product that follows it.
    private func findAffine() -> Affine? {
        func isPair(_ name: String?) -> Bool { name.flatMap { model.shape(of: $0) } == [2, 1] }
        guard let difference = model.nodes.first(where: { $0.operation == "Sub" && isPair($0.input(1)) }),
            let offset = difference.input(1), let result = difference.outputs.first,
            let product = model.nodes.first(where: { $0.operation == "Mul" && $0.inputs.contains(result) }),
            let multiplier = product.inputs.first(where: { $0 != result })
        else { return nil }
        if isPair(multiplier) {
            return Affine(offset: offset, multiplier: multiplier, isLogarithm: false, isNegated: false)
        }
        func source(_ name: String, _ operation: String) -> String? {
            model.nodes.first { $0.operation == operation && $0.outputs.first == name }?.input(0)
        }
        guard let logarithm = source(multiplier, "Exp") else { return nil }
        if isPair(logarithm) {
            return Affine(offset: offset, multiplier: logarithm, isLogarithm: true, isNegated: false)
        }
        guard let negated = source(logarithm, "Neg"), isPair(negated) else { return nil }
        return Affine(offset: offset, multiplier: negated, isLogarithm: true, isNegated: true)
    }
}
