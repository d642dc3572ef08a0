internal import WeightFiles

/// Reads a small network's tensors into layers of its own.
struct ActivityWeights {
    let source: any WeightSource
    /// Largest size of a layer that is believed.
    private static let largestSize = 1024

    /// The sizes of a tensor that must be there. Throws `voice_activity.tensor_invalid`.
    func shape(_ name: String, rank: Int) throws(VoiceActivityError) -> [Int] {
        guard let tensor = source[name] else { throw invalid("the tensor \(name) is missing") }
        guard tensor.shape.count == rank, tensor.shape.allSatisfy({ (1...Self.largestSize).contains($0) }) else {
            throw invalid(
                "the tensor \(name) has shape \(tensor.shape); \(rank) sizes of 1 to \(Self.largestSize) are needed")
        }
        return tensor.shape
    }

    /// The numbers of a tensor of this shape. Throws `voice_activity.tensor_invalid`.
    func numbers(_ name: String, shape: [Int]) throws(VoiceActivityError) -> [Float] {
        let tensor: WeightTensor
        do {
            tensor = try source.tensor(name, shape: shape)
            try tensor.verifyFinite()
        } catch {
            throw VoiceActivityError(.tensorInvalid, "\(source.path) does not suit its network", cause: error)
        }
        guard [.f32, .f16, .bf16].contains(tensor.type) else {
            throw invalid("the tensor \(name) is \(tensor.type); F32, F16 and BF16 are read")
        }
        var values = [Float](repeating: 0, count: tensor.elementCount)
        values.withUnsafeMutableBufferPointer { tensor.widen(0..<tensor.elementCount, into: $0) }
        return values
    }

    /// `weight` `[outputs, inputs]` and, where it is named, `bias`. Throws `voice_activity.tensor_invalid`.
    func dense(
        _ weight: String, _ bias: String?, inputs: Int, outputs: Int
    ) throws(VoiceActivityError) -> DenseLayer {
        var offsets: [Float] = []
        if let bias { offsets = try numbers(bias, shape: [outputs]) }
        return DenseLayer(
            weight: try numbers(weight, shape: [outputs, inputs]), bias: offsets, inputs: inputs, outputs: outputs)
    }

    /// `name.weight` `[outputs, inputs, taps]` as a layer over `taps` frames that follow one another, `[taps, inputs]`.
    /// Throws `voice_activity.tensor_invalid`.
    func convolution(
        _ name: String, inputs: Int, outputs: Int, taps: Int, hasBias: Bool = true
    ) throws(VoiceActivityError) -> DenseLayer {
        let stored = try numbers(name + ".weight", shape: [outputs, inputs, taps])
        var weight = [Float](repeating: 0, count: stored.count)
        for output in 0..<outputs {
            for input in 0..<inputs {
                for tap in 0..<taps {
                    weight[(output * taps + tap) * inputs + input] = stored[(output * inputs + input) * taps + tap]
                }
            }
        }
        let bias = hasBias ? try numbers(name + ".bias", shape: [outputs]) : []
        return DenseLayer(weight: weight, bias: bias, inputs: taps * inputs, outputs: outputs)
    }

    func invalid(_ reason: String) -> VoiceActivityError {
        VoiceActivityError(.tensorInvalid, "\(source.path): \(reason)")
    }
}
