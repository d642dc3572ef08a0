internal import Glibc
internal import WeightFiles

/// Silero's network of version 5 and 6 for 16 kHz, under the names of its published `silero_vad_16k.safetensors`: a short
/// Fourier transform as a convolution, four convolutions, an LSTM, a decision for every 512 samples.
final class SileroNetwork: Sendable {
    /// Samples to a step.
    static let step = 512
    /// Samples of the step before that a step sees again.
    static let context = 64
    /// Samples that are mirrored behind the step.
    static let mirrored = 64
    static let fftSize = 256
    static let hop = 128
    static let bins = fftSize / 2 + 1
    static let frames = (context + step + mirrored - fftSize) / hop + 1

    /// A convolution of three frames, whose input has a frame of zeros on both sides.
    fileprivate struct Convolution: Sendable {
        let layer: DenseLayer
        let stride: Int
        var inputs: Int { layer.inputs / 3 }
    }

    /// `[2 · bins, fftSize]`: real parts, then imaginary ones.
    fileprivate let transform: DenseLayer
    fileprivate let convolutions: [Convolution]
    fileprivate let recurrent: LSTMLayer
    fileprivate let head: DenseLayer

    /// - Throws: `voice_activity.tensor_invalid`.
    init(_ source: any WeightSource) throws(VoiceActivityError) {
        let weights = ActivityWeights(source: source)
        transform = try weights.convolution(
            "stft_conv", inputs: 1, outputs: 2 * Self.bins, taps: Self.fftSize, hasBias: false)
        var layers: [Convolution] = []
        let shapes = [(Self.bins, 128, 1), (128, 64, 2), (64, 64, 2), (64, 128, 1)]
        for (index, (inputs, outputs, stride)) in shapes.enumerated() {
            let layer = try weights.convolution("conv\(index + 1)", inputs: inputs, outputs: outputs, taps: 3)
            layers.append(Convolution(layer: layer, stride: stride))
        }
        convolutions = layers
        recurrent = LSTMLayer(
            input: try weights.dense("lstm_cell.weight_ih", "lstm_cell.bias_ih", inputs: 128, outputs: 512),
            hidden: try weights.dense("lstm_cell.weight_hh", "lstm_cell.bias_hh", inputs: 128, outputs: 512))
        head = try weights.convolution("final_conv", inputs: 128, outputs: 1, taps: 1)
    }
}

/// What Silero's network remembers of one stream.
struct SileroNetworkState: Sendable {
    private let network: SileroNetwork
    /// The step before's last samples.
    private var context = [Float](repeating: 0, count: SileroNetwork.context)
    private var memory: [Float]

    init(_ network: SileroNetwork) {
        self.network = network
        memory = [Float](repeating: 0, count: 2 * network.recurrent.width)
    }

    /// The probability of the next step of `SileroNetwork.step` samples, which are numbers.
    mutating func probability(of samples: UnsafeBufferPointer<Float>) -> Float {
        var signal = context
        signal.append(contentsOf: samples)
        context = Array(signal.suffix(SileroNetwork.context))
        let last = signal.count - 1
        for offset in 1...SileroNetwork.mirrored { signal.append(signal[last - offset]) }
        var frames = magnitudes(signal)
        for convolution in network.convolutions { frames = Self.apply(convolution, to: frames) }
        return decide(frames)
    }

    /// `[frames, bins]`
    private func magnitudes(_ signal: [Float]) -> [Float] {
        let bins = SileroNetwork.bins
        var result: [Float] = []
        result.reserveCapacity(SileroNetwork.frames * bins)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * bins) { spectrum in
            signal.withUnsafeBufferPointer { signal in
                guard let signal = signal.baseAddress, let parts = spectrum.baseAddress else { return }
                for frame in 0..<SileroNetwork.frames {
                    network.transform(signal + frame * SileroNetwork.hop, into: parts)
                    for bin in 0..<bins {
                        let (real, imaginary) = (parts[bin], parts[bins + bin])
                        result.append(sqrtf(real * real + imaginary * imaginary))
                    }
                }
            }
        }
        return result
    }

    private static func apply(_ convolution: SileroNetwork.Convolution, to frames: [Float]) -> [Float] {
        let edge = [Float](repeating: 0, count: convolution.inputs)
        let padded = edge + frames + edge
        let count = (frames.count / convolution.inputs - 1) / convolution.stride + 1
        var result = [Float](repeating: 0, count: count * convolution.layer.outputs)
        padded.withUnsafeBufferPointer { input in
            result.withUnsafeMutableBufferPointer { output in
                guard let input = input.baseAddress, let output = output.baseAddress else { return }
                for frame in 0..<count {
                    convolution.layer.rectified(
                        input + frame * convolution.stride * convolution.inputs,
                        into: output + frame * convolution.layer.outputs)
                }
            }
        }
        return result
    }

    private mutating func decide(_ vector: [Float]) -> Float {
        memory.withUnsafeMutableBufferPointer { memory in
            vector.withUnsafeBufferPointer { vector in
                guard let memory = memory.baseAddress, let vector = vector.baseAddress else { return }
                network.recurrent.step(vector, state: memory)
            }
        }
        let rectified = memory.prefix(network.recurrent.width).map { max($0, 0) }
        var logit: Float = 0
        rectified.withUnsafeBufferPointer { input in
            if let input = input.baseAddress { network.head(input, into: &logit) }
        }
        return sigmoid(logit)
    }
}
