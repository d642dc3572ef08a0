import Glibc
import ONNXFiles

/// The parameters of a VITS network in an exported graph, under PyTorch's names.
///
/// Exporters keep most names (`enc_p.emb.weight`), number what they fold (`onnx::Conv_123`: the flow's weight
/// normalisation), and write the module path into the names of operations (`/flow/flows.0/pre/Conv`), or do not. So
/// each parameter is looked for by its own name, by that of its operation's other operands, by the operation's scope,
/// and at last by the order of the operations.
struct VITSParameters {
    /// More than any voice has of anything; what is allocated while speaking grows with these.
    private static let maximumChannels = 4096
    private static let maximumTaps = 127
    private static let maximumStride = 64

    private let model: ONNXModel
    /// PyTorch's name of a parameter → the tensor's name in the file.
    private var names: [String: String]
    private var attributes: [String: ConvolutionParameters.Attributes] = [:]
    /// Paths of all convolutions, in order of execution.
    private(set) var convolutions: [String] = []
    /// The affine layer that ends the duration predictor: the name of `m`, and of what multiplies (x − m).
    private let affine: VITSGraph.Affine?

    init(model: ONNXModel) throws(SynthesisError) {
        self.model = model
        let graph = VITSGraph(model: model)
        names = graph.names
        affine = graph.affine
        for (path, node) in graph.convolutions {
            convolutions.append(path)
            attributes[path] = try Self.attributes(of: node, path)
        }
        guard Set(convolutions).count == convolutions.count, convolutions.count <= 4096 else {
            throw SynthesisError(
                .voiceFormatUnsupported, "\(model.path) is no Piper voice: two of its convolutions have one name")
        }
    }

    /// Whether the network has a convolution at `path`.
    func has(_ path: String) -> Bool { attributes[path] != nil }

    /// Numbers `i` of the convolutions `prefix.i.suffix`, ascending.
    func indices(_ prefix: String, _ suffix: String = "") -> [Int] {
        convolutions.compactMap { path -> Int? in
            guard path.hasPrefix(prefix + "."), path.hasSuffix(suffix) else { return nil }
            return Int(path.dropFirst(prefix.count + 1).dropLast(suffix.count))
        }.sorted()
    }

    func convolution(_ path: String) throws(SynthesisError) -> ConvolutionParameters {
        guard let attributes = attributes[path] else { throw missing(path) }
        let (shape, weight) = try tensor(path + ".weight")
        guard shape.count == 3, let taps = shape.last, (1...Self.maximumTaps).contains(taps),
            shape.allSatisfy({ (1...Self.maximumChannels).contains($0) })
        else { throw invalid(path + ".weight", shape) }
        var bias: [Float]?
        if names[path + ".bias"] != nil { bias = try tensor(path + ".bias").values }
        return ConvolutionParameters(path: path, shape: shape, weight: weight, bias: bias, attributes: attributes)
    }

    /// A stored tensor under PyTorch's name.
    func tensor(_ name: String) throws(SynthesisError) -> (shape: [Int], values: [Float]) {
        guard let stored = names[name], let shape = model.shape(of: stored) else { throw missing(name) }
        guard shape.allSatisfy({ $0 <= 1 << 20 }) else { throw invalid(name, shape) }
        return (shape, try floats(stored))
    }

    private func floats(_ stored: String) throws(SynthesisError) -> [Float] {
        let values: [Float]?
        do throws(ONNXFileError) {
            values = try model.floats(of: stored)
        } catch {
            throw SynthesisError(onnx: error)
        }
        guard let values else { throw missing(stored) }
        return values
    }

    func vector(_ name: String, count: Int) throws(SynthesisError) -> [Float] {
        let (shape, values) = try tensor(name)
        guard values.count == count else { throw invalid(name, shape) }
        return values
    }

    func has(tensor name: String) -> Bool { names[name] != nil }

    /// `x → (x − offset) · scale` for the two channels of the durations.
    func durationAffine() throws(SynthesisError) -> (offset: [Float], scale: [Float]) {
        guard let affine else { throw missing("dp.flows.0.m") }
        let offset = try floats(affine.offset)
        let multiplier = try floats(affine.multiplier)
        guard offset.count == 2, multiplier.count == 2 else { throw missing("dp.flows.0.m") }
        let scale = multiplier.map { affine.isLogarithm ? expf(affine.isNegated ? -$0 : $0) : $0 }
        return (offset, scale)
    }

    private static func attributes(
        of node: ONNXModel.Node, _ path: String
    ) throws(SynthesisError) -> ConvolutionParameters.Attributes {
        var attributes = ConvolutionParameters.Attributes()
        attributes.dilation = node.integers("dilations")?.first ?? 1
        attributes.stride = node.integers("strides")?.first ?? 1
        attributes.groups = node.integers("group")?.first ?? 1
        attributes.padding = node.integers("pads") ?? [0, 0]
        attributes.outputPadding = node.integers("output_padding")?.first ?? 0
        guard (1...maximumStride).contains(attributes.dilation), (1...maximumStride).contains(attributes.stride),
            (1...maximumChannels).contains(attributes.groups), attributes.padding.count == 2,
            attributes.padding.allSatisfy({ (0...16384).contains($0) }),
            (0...maximumStride).contains(attributes.outputPadding)
        else {
            throw SynthesisError(.voiceTensorInvalid, "\(path) has attributes that no voice has: \(attributes)")
        }
        return attributes
    }

    private func missing(_ name: String) -> SynthesisError {
        SynthesisError(
            .voiceFormatUnsupported,
            "\(model.path) has no \(name): it is no VITS network as Piper exports it, or it was changed since")
    }

    private func invalid(_ name: String, _ shape: [Int]) -> SynthesisError {
        SynthesisError(.voiceTensorInvalid, "\(model.path): \(name) has an impossible shape, \(shape)")
    }
}

extension SynthesisError {
    init(onnx error: ONNXFileError) {
        self.init(Code(rawValue: error.code.rawValue), "\(error.path): \(error.message)", cause: error.cause)
    }
}
