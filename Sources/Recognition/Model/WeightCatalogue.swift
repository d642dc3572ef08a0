internal import Tensors
internal import WeightFiles

/// Finds a model's weights under the names that Hugging Face or OpenAI (and whisper.cpp) give them, and turns them into
/// layers. Matrices stay where they lie in the file; vectors, which are small, are widened to float.
struct WeightCatalogue {
    enum Naming {
        /// `model.encoder.layers.0.self_attn.q_proj.weight`; the prefix is "model." or empty.
        case huggingFace(prefix: String)
        /// `encoder.blocks.0.attn.query.weight`
        case openAI
    }

    let source: any WeightSource
    let naming: Naming

    init(_ source: any WeightSource) {
        self.source = source
        if source["encoder.blocks.0.attn.query.weight"] != nil {
            naming = .openAI
        } else {
            naming = .huggingFace(prefix: source["encoder.conv1.weight"] == nil ? "model." : "")
        }
    }

    /// A name in OpenAI's form as this file has it.
    func fileName(_ name: String) -> String {
        guard case .huggingFace(let prefix) = naming else { return name }
        return HuggingFaceNames.name(name, prefix: prefix)
    }

    /// The tensor of that name (OpenAI's form) with that shape.
    private func tensor(_ name: String, shape: [Int]) throws(RecognitionError) -> WeightTensor {
        do {
            return try source.tensor(fileName(name), shape: shape)
        } catch {
            throw RecognitionError(
                .modelTensorInvalid, "\(source.path) does not hold the model it describes", cause: error)
        }
    }

    private func weightType(_ tensor: WeightTensor) throws(RecognitionError) -> WeightType {
        switch tensor.type {
        case .f32: return .float32
        case .f16: return .float16
        case .bf16: return .bfloat16
        case .i8: return .int8
        case .q4_0: return .q4_0
        case .q4_1: return .q4_1
        case .q5_0: return .q5_0
        case .q5_1: return .q5_1
        case .q8_0: return .q8_0
        default:
            throw RecognitionError(
                .modelTensorInvalid,
                "\(source.path): \(tensor.name) is stored as \(tensor.type); weights must be F32, F16, BF16, I8 or a "
                    + "ggml q4_0 … q8_0 type")
        }
    }

    /// A matrix `[rows, columns]` in place. int8 matrices have their scales beside them, as `<name>_scale` `[rows]`.
    func matrix(_ name: String, rows: Int, columns: Int) throws(RecognitionError) -> WeightMatrix {
        let tensor = try tensor(name, shape: [rows, columns])
        let type = try weightType(tensor)
        var scales: FloatBuffer?
        if type == .int8 {
            let values = try vector(name + "_scale", count: rows)
            let buffer = FloatBuffer(count: rows)
            _ = buffer.elements.update(fromContentsOf: values)
            scales = buffer
        }
        guard
            let matrix = WeightMatrix(
                bytes: tensor.bytes, scales: scales.map { UnsafePointer($0.pointer) }, rows: rows, columns: columns,
                type: type, owner: Owner(file: tensor.file, scales: scales))
        else {
            throw RecognitionError(
                .modelTensorInvalid, "\(source.path): \(tensor.name) has rows that do not end with a whole block")
        }
        return matrix
    }

    private final class Owner {
        let file: MappedFile
        let scales: FloatBuffer?

        init(file: MappedFile, scales: FloatBuffer?) {
            self.file = file
            self.scales = scales
        }
    }

    /// A vector, or any tensor of `count` numbers, as floats.
    func vector(_ name: String, count: Int) throws(RecognitionError) -> [Float] {
        guard let tensor = source[fileName(name)] else {
            throw RecognitionError(.modelTensorInvalid, "\(source.path) has no tensor \(fileName(name))")
        }
        let type = try weightType(tensor)
        guard tensor.elementCount == count, type != .int8,
            let matrix = WeightMatrix(bytes: tensor.bytes, rows: 1, columns: count, type: type, owner: tensor.file)
        else {
            throw RecognitionError(
                .modelTensorInvalid,
                "\(source.path): \(tensor.name) is \(tensor.type) of shape \(tensor.shape), must hold \(count) numbers")
        }
        return matrix.widened()
    }

    func linear(_ name: String, inputs: Int, outputs: Int, bias: Bool = true) throws(RecognitionError) -> Linear {
        let weight = try matrix(name + ".weight", rows: outputs, columns: inputs)
        let bias = bias ? try vector(name + ".bias", count: outputs) : nil
        guard let layer = Linear(weight: weight, bias: bias) else {
            throw RecognitionError(.modelTensorInvalid, "\(source.path): \(name) has a bias of another length")
        }
        return layer
    }

    func layerNorm(_ name: String, width: Int) throws(RecognitionError) -> LayerNorm {
        let gain = try vector(name + ".weight", count: width)
        let bias = try vector(name + ".bias", count: width)
        guard let norm = LayerNorm(gain: gain, bias: bias) else {
            throw RecognitionError(.modelTensorInvalid, "\(source.path): \(name) has gain and bias of other lengths")
        }
        return norm
    }

    /// A convolution of kernel size 3 as a linear layer over `[3 · inputs]`: file order `[outputs, inputs, 3]` becomes
    /// `[outputs, 3, inputs]`, so that overlapping rows of a frame-major signal are its inputs.
    ///
    /// - Parameter rounded: makes bytes of the weights, with a scale for each output.
    func convolution(
        _ name: String, inputs: Int, outputs: Int, rounded: Bool = false
    ) throws(RecognitionError) -> Linear {
        let tensor = try tensor(name + ".weight", shape: [outputs, inputs, 3])
        let type = try weightType(tensor)
        let elementBytes: Int
        switch type {
        case .float32: elementBytes = 4
        case .float16, .bfloat16: elementBytes = 2
        default:
            throw RecognitionError(
                .modelTensorInvalid, "\(source.path): \(tensor.name) is \(tensor.type), must be F32, F16 or BF16")
        }
        let buffer = AlignedBuffer<UInt8>(count: tensor.bytes.count)
        let target = UnsafeMutableRawPointer(buffer.pointer)
        for output in 0..<outputs {
            for input in 0..<inputs {
                for tap in 0..<3 {
                    let from = ((output * inputs + input) * 3 + tap) * elementBytes
                    let to = ((output * 3 + tap) * inputs + input) * elementBytes
                    if elementBytes == 4 {
                        let value = tensor.bytes.loadUnaligned(fromByteOffset: from, as: UInt32.self)
                        target.storeBytes(of: value, toByteOffset: to, as: UInt32.self)
                    } else {
                        let value = tensor.bytes.loadUnaligned(fromByteOffset: from, as: UInt16.self)
                        target.storeBytes(of: value, toByteOffset: to, as: UInt16.self)
                    }
                }
            }
        }
        let bias = try vector(name + ".bias", count: outputs)
        let exact = WeightMatrix(
            bytes: UnsafeRawBufferPointer(start: target, count: buffer.count), rows: outputs, columns: 3 * inputs,
            type: type, owner: buffer)
        guard let weight = (rounded ? exact?.roundedToBytes() : nil) ?? exact,
            let layer = Linear(weight: weight, bias: bias)
        else {
            throw RecognitionError(.modelTensorInvalid, "\(source.path): \(name) does not fit its shape")
        }
        return layer
    }
}
