package import Tensors
package import WeightFiles

/// Turns the tensors of a PyTorch state dictionary into layers. Matrices stay where they lie in the file; vectors and
/// convolutions, which are small, are copied. Int8 matrices have their scales beside them, as `<name>_scale` `[rows]`.
package struct NetworkWeights: Sendable {
    package let source: any WeightSource
    /// Stands before every name.
    package let prefix: String

    package init(_ source: any WeightSource, prefix: String = "") {
        self.source = source
        self.prefix = prefix
    }

    /// The same file, under `name` and a dot.
    package func at(_ name: String) -> NetworkWeights { NetworkWeights(source, prefix: prefix + name + ".") }

    package func has(_ name: String) -> Bool { source[prefix + name] != nil }

    /// Sizes of a tensor that must be there.
    package func shape(_ name: String, rank: Int) throws(WeightFileError) -> [Int] {
        let tensor = try tensor(name)
        guard tensor.shape.count == rank, tensor.shape.allSatisfy({ (1...Self.largestSize).contains($0) }) else {
            throw WeightFileError(
                .tensorShape, source.path,
                "the tensor \(tensor.name) has shape \(tensor.shape); \(rank) sizes of 1 to \(Self.largestSize) are needed"
            )
        }
        return tensor.shape
    }

    /// Largest size of a layer that is believed.
    package static let largestSize = 65_536

    /// How many of `name.0`, `name.1` … have the tensor `part`.
    package func count(_ name: String, part: String) -> Int {
        var count = 0
        while count < 1024, has("\(name).\(count)\(part)") { count += 1 }
        return count
    }

    /// Any tensor of `count` numbers, as floats. Throws `model.tensor.*`.
    package func vector(_ name: String, count: Int) throws(WeightFileError) -> [Float] {
        let tensor = try tensor(name)
        guard tensor.elementCount == count, tensor.type != .i8 else {
            throw WeightFileError(
                .tensorShape, source.path,
                "the tensor \(tensor.name) is \(tensor.type) of shape \(tensor.shape); it must hold \(count) numbers")
        }
        try tensor.verifyFinite()
        return [Float](unsafeUninitializedCapacity: count) { buffer, written in
            tensor.widen(0..<count, into: UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
            written = count
        }
    }

    /// A matrix `[rows, columns]` in place. Throws `model.tensor.*`.
    package func matrix(_ name: String, rows: Int, columns: Int) throws(WeightFileError) -> WeightMatrix {
        let tensor = try source.tensor(prefix + name, shape: [rows, columns])
        try tensor.verifyFinite()
        let type = try weightType(tensor)
        let owner = Owner(tensor.file, scales: try scales(name, rows: rows, type: type))
        guard
            let matrix = WeightMatrix(
                bytes: tensor.bytes, scales: owner.scales.map { UnsafePointer($0.pointer) }, rows: rows,
                columns: columns, type: type, owner: owner)
        else { throw unsuitable(tensor) }
        return matrix
    }

    /// `name.weight` `[outputs, inputs]` and `name.bias`. Throws `model.tensor.*`.
    package func linear(_ name: String, inputs: Int, outputs: Int) throws(WeightFileError) -> Linear {
        let weight = try matrix(name + ".weight", rows: outputs, columns: inputs)
        let bias = has(name + ".bias") ? try vector(name + ".bias", count: outputs) : nil
        guard let layer = Linear(weight: weight, bias: bias) else { throw unsuitable(try tensor(name + ".weight")) }
        return layer
    }

    /// `name.weight` `[outputs, inputs, taps]` and `name.bias`. Throws `model.tensor.*`.
    package func convolution(_ name: String, inputs: Int, outputs: Int, taps: Int) throws(WeightFileError) -> Conv1D {
        let tensor = try source.tensor(prefix + name + ".weight", shape: [outputs, inputs, taps])
        let bias = has(name + ".bias") ? try vector(name + ".bias", count: outputs) : nil
        guard tensor.type != .i8,
            let layer = Conv1D(
                weight: try vector(name + ".weight", count: tensor.elementCount), bias: bias, outputs: outputs,
                inputs: inputs, taps: taps)
        else { throw unsuitable(tensor) }
        return layer
    }

    /// `name.weight` `[channels, 1, taps]` and `name.bias`. Throws `model.tensor.*`.
    package func depthwise(
        _ name: String, channels: Int, dilation: Int = 1
    ) throws(WeightFileError) -> DepthwiseConvolution {
        let shape = try shape(name + ".weight", rank: 3)
        guard shape[0] == channels, shape[1] == 1,
            let layer = DepthwiseConvolution(
                weight: try vector(name + ".weight", count: channels * shape[2]),
                bias: try vector(name + ".bias", count: channels), channels: channels, taps: shape[2],
                dilation: dilation)
        else {
            throw WeightFileError(
                .tensorShape, source.path,
                "\(prefix + name) has shape \(shape), and the model needs [\(channels), 1, …]")
        }
        return layer
    }

    /// `name.weight` and `name.bias`. Throws `model.tensor.*`.
    package func layerNorm(_ name: String, width: Int, epsilon: Float) throws(WeightFileError) -> LayerNorm {
        guard
            let norm = LayerNorm(
                gain: try vector(name + ".weight", count: width), bias: try vector(name + ".bias", count: width),
                epsilon: epsilon)
        else { throw unsuitable(try tensor(name + ".weight")) }
        return norm
    }

    /// A block under Vocos' names `dwconv`, `norm`, `pwconv1`, `pwconv2` and, if it is there, `gamma`. Throws
    /// `model.tensor.*`.
    package func convNeXtBlock(_ name: String, channels: Int, dilation: Int = 1) throws(WeightFileError)
        -> ConvNeXtBlock
    {
        let weights = at(name)
        let hidden = try weights.shape("pwconv1.weight", rank: 2)[0]
        guard
            let block = ConvNeXtBlock(
                convolution: try weights.depthwise("dwconv", channels: channels, dilation: dilation),
                norm: try weights.layerNorm("norm", width: channels, epsilon: ConvNeXtBlock.normEpsilon),
                expand: try weights.linear("pwconv1", inputs: channels, outputs: hidden),
                contract: try weights.linear("pwconv2", inputs: hidden, outputs: channels),
                scale: weights.has("gamma") ? try weights.vector("gamma", count: channels) : nil)
        else { throw unsuitable(try weights.tensor("dwconv.weight")) }
        return block
    }

    private func tensor(_ name: String) throws(WeightFileError) -> WeightTensor {
        guard let tensor = source[prefix + name] else {
            throw WeightFileError(.tensorMissing, source.path, "the tensor \(prefix + name) is missing")
        }
        return tensor
    }

    private func scales(_ name: String, rows: Int, type: WeightType) throws(WeightFileError) -> FloatBuffer? {
        guard type == .int8 else { return nil }
        let buffer = FloatBuffer(count: rows)
        _ = buffer.elements.update(fromContentsOf: try vector(name + "_scale", count: rows))
        return buffer
    }

    private func weightType(_ tensor: WeightTensor) throws(WeightFileError) -> WeightType {
        switch tensor.type {
        case .f32: return .float32
        case .f16: return .float16
        case .bf16: return .bfloat16
        case .i8: return .int8
        default: throw unsuitable(tensor)
        }
    }

    private func unsuitable(_ tensor: WeightTensor) -> WeightFileError {
        WeightFileError(
            .tensorType, source.path,
            "the tensor \(tensor.name) is \(tensor.type) of shape \(tensor.shape), which does not suit its layer; weights "
                + "are F32, F16, BF16, or I8 with scales")
    }

    private final class Owner {
        let file: MappedFile
        let scales: FloatBuffer?

        init(_ file: MappedFile, scales: FloatBuffer?) {
            self.file = file
            self.scales = scales
        }
    }
}

extension WeightFileError.Code {
    /// A tensor's element type does not suit the layer that it belongs to.
    package static let tensorType = Self(rawValue: "model.tensor.type")
}
