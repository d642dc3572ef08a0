import Tensors

/// VITS' text encoder: phonemes to the mean and deviation of the prior over latent frames.
struct VITSTextEncoder: Sendable {
    /// What the encoder says about each phoneme.
    struct Output {
        /// `[phonemes, channels]`, for the duration predictor.
        let hidden: FloatBuffer
        /// `[phonemes, 2 · latents]`: means, then logarithms of deviations.
        let statistics: FloatBuffer
    }

    private struct Layer: Sendable {
        let attention: RelativeAttention
        let norm1: LayerNorm
        let expand: Conv1D
        let contract: Conv1D
        let norm2: LayerNorm
    }

    let vocabulary: Int
    let channels: Int
    /// Channels of the latent frames.
    let latents: Int
    /// `[vocabulary, channels]`
    private let embedding: [Float]
    private let layers: [Layer]
    private let projection: Conv1D

    init(_ parameters: VITSParameters) throws(SynthesisError) {
        let (shape, embedding) = try parameters.tensor("enc_p.emb.weight")
        guard shape.count == 2, (1...4096).contains(shape[0]), (2...4096).contains(shape[1]) else {
            throw SynthesisError(.voiceTensorInvalid, "enc_p.emb has an impossible shape, \(shape)")
        }
        (vocabulary, channels) = (shape[0], shape[1])
        self.embedding = embedding
        let numbers = parameters.indices("enc_p.encoder.attn_layers", ".conv_q")
        var layers: [Layer] = []
        for number in numbers {
            let path = "enc_p.encoder"
            let expand = try parameters.convolution("\(path).ffn_layers.\(number).conv_1").dense(inputs: channels)
            layers.append(
                Layer(
                    attention: try RelativeAttention(parameters, "\(path).attn_layers.\(number)", channels: channels),
                    norm1: try parameters.norm("\(path).norm_layers_1.\(number)", channels),
                    expand: expand,
                    contract: try parameters.convolution("\(path).ffn_layers.\(number).conv_2")
                        .dense(outputs: channels, inputs: expand.outputs),
                    norm2: try parameters.norm("\(path).norm_layers_2.\(number)", channels)))
        }
        self.layers = layers
        projection = try parameters.convolution("enc_p.proj").pointwise(inputs: channels)
        guard projection.outputs.isMultiple(of: 4) else {
            throw SynthesisError(.voiceTensorInvalid, "enc_p.proj has \(projection.outputs) outputs, which is no prior")
        }
        latents = projection.outputs / 2
    }

    /// - Parameter ids: each below ``vocabulary``; at least one.
    func callAsFunction(_ ids: [Int], on pool: ThreadPool) -> Output {
        let count = ids.count * channels
        let padding = layers.map { max($0.expand.span, $0.contract.span) / 2 }.max() ?? 0
        let x = PaddedFrames(frames: ids.count, channels: channels, padding: padding)
        let y = FloatBuffer(count: count)
        let scale = Float(channels).squareRoot()
        for (position, id) in ids.enumerated() {
            for channel in 0..<channels {
                x.start[position * channels + channel] = embedding[id * channels + channel] * scale
            }
        }
        for layer in layers {
            layer.attention(x.start, positions: ids.count, into: y.pointer, on: pool)
            x.start.add(y.pointer, count: count)
            layer.norm1(x.start, rows: ids.count, into: x.start, on: pool)
            let inner = PaddedFrames(frames: ids.count, channels: layer.expand.outputs, padding: padding)
            layer.expand(x.reach(of: layer.expand), frames: ids.count, into: inner.start, on: pool)
            Activation.leakyReLU(inner.start, count: inner.count, slope: 0, into: inner.start, on: pool)
            y.pointer.update(from: x.start, count: count)
            layer.contract(inner.reach(of: layer.contract), frames: ids.count, into: y.pointer, .accumulate, on: pool)
            layer.norm2(y.pointer, rows: ids.count, into: x.start, on: pool)
        }
        let statistics = FloatBuffer(count: ids.count * 2 * latents)
        projection(x.start, frames: ids.count, into: statistics.pointer, on: pool)
        y.pointer.update(from: x.start, count: count)
        return Output(hidden: y, statistics: statistics)
    }
}

extension VITSParameters {
    func norm(_ path: String, _ channels: Int) throws(SynthesisError) -> LayerNorm {
        let gain = try vector(path + ".gamma", count: channels)
        let bias = try vector(path + ".beta", count: channels)
        guard let norm = LayerNorm(gain: gain, bias: bias) else {
            throw SynthesisError(.voiceTensorInvalid, "\(path) does not fit \(channels) channels")
        }
        return norm
    }
}
