internal import Glibc
internal import NeuralCodec
internal import Tensors
internal import WeightFiles

/// hearsay's own encoder (`Training/hearsay_training/speaker_encoder.py`): ConvNeXt blocks over frames of 40 ms and
/// attentive statistics pooling.
///
/// Sources: H.-J. Heo et al., "NeXt-TDNN" (2024); B. Desplanques et al., "ECAPA-TDNN" (2020).
struct SpeakerNetwork: Sendable {
    /// Least speech, in frames of 10 ms.
    private static let fewestFrames = 100
    private static let framesPerSecond = 100.0

    private let drop: Float
    private let depth: Float
    private let backbone: Backbone
    private let widen: Linear
    private let attend: Linear
    private let weigh: Linear
    private let norm: LayerNorm
    private let embedding: Linear

    var dimension: Int { embedding.outputs }
    /// Frames of 10 ms that enter the backbone as one.
    private var stack: Int { backbone.inputs / SpeechFrames.melBins }

    /// - Throws: `model.tensor.*`.
    init(_ configuration: EncoderConfiguration, _ weights: NetworkWeights) throws(WeightFileError) {
        drop = configuration.drop
        depth = configuration.depth
        backbone = try Backbone(weights.at("backbone"))
        guard backbone.inputs.isMultiple(of: SpeechFrames.melBins), backbone.inputs <= 16 * SpeechFrames.melBins else {
            throw WeightFileError(
                .tensorShape, weights.source.path,
                "backbone.embed.weight takes \(backbone.inputs) numbers; whole frames of \(SpeechFrames.melBins) are needed"
            )
        }
        let wide = try weights.shape("widen.weight", rank: 2)[0]
        let bottleneck = try weights.shape("attend.weight", rank: 2)[0]
        let dimension = try weights.shape("embedding.weight", rank: 2)[0]
        guard dimension <= SpeakerEmbedding.largestDimension else {
            throw WeightFileError(.tensorShape, weights.source.path, "embeddings of \(dimension) numbers are too large")
        }
        widen = try weights.linear("widen", inputs: backbone.channels, outputs: wide)
        attend = try weights.linear("attend", inputs: wide, outputs: bottleneck)
        weigh = try weights.linear("weigh", inputs: bottleneck, outputs: wide)
        norm = try weights.layerNorm("norm", width: 2 * wide, epsilon: 1e-5)
        embedding = try weights.linear("embedding", inputs: 2 * wide, outputs: dimension)
    }

    /// - Parameter output: `[dimension]`, of any length.
    /// - Returns: seconds of speech.
    /// - Throws: `speaker.speech_too_short`.
    func callAsFunction(
        _ samples: UnsafeBufferPointer<Float>, into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) throws(SpeakerIdentityError) -> Double {
        let frames = SpeechFrames(samples, drop: drop, depth: depth)
        let seconds = Double(frames.count) / Self.framesPerSecond
        guard frames.count >= Self.fewestFrames else {
            throw SpeakerIdentityError(
                .speechTooShort, "\(seconds) s of speech are too little to tell a voice by; at least 1 s is needed")
        }
        let (hidden, steps) = run(frames, on: pool)
        let pooled = WipedBuffer(count: 2 * widen.outputs)
        summarize(hidden, steps: steps, into: pooled.pointer, on: pool)
        norm(pooled.pointer, rows: 1, into: pooled.pointer, on: pool)
        embedding(pooled.pointer, rows: 1, into: output, on: pool)
        return seconds
    }

    /// The backbone's output and its frames.
    private func run(_ frames: SpeechFrames, on pool: ThreadPool) -> (FloatBuffer, Int) {
        let steps = frames.count / stack
        let hidden = FloatBuffer(count: steps * backbone.channels)
        let stream = BackboneStream(backbone, on: pool)
        frames.values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            stream.extend(by: steps).update(from: base, count: steps * backbone.inputs)
        }
        let first = stream.advance()
        hidden.pointer.update(from: first.pointer, count: first.frames * backbone.channels)
        let written = first.frames
        let rest = stream.finish()
        (hidden.pointer + written * backbone.channels).update(
            from: rest.pointer, count: rest.frames * backbone.channels)
        return (hidden, steps)
    }

    /// Means and deviations over time, `[2 · wide]`, each channel with its own weights over the steps.
    private func summarize(
        _ hidden: FloatBuffer, steps: Int, into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        let wide = widen.outputs
        let values = FloatBuffer(count: steps * wide)
        let scores = FloatBuffer(count: steps * wide)
        let narrow = FloatBuffer(count: steps * attend.outputs)
        widen(hidden.pointer, rows: steps, into: values.pointer, .gelu, on: pool)
        attend(values.pointer, rows: steps, into: narrow.pointer, .gelu, on: pool)
        weigh(narrow.pointer, rows: steps, into: scores.pointer, on: pool)
        for channel in 0..<wide {
            var largest = -Float.infinity
            for step in 0..<steps { largest = max(largest, scores.pointer[step * wide + channel]) }
            var (total, sum, squares) = (0.0, 0.0, 0.0)
            for step in 0..<steps {
                let weight = Double(expf(scores.pointer[step * wide + channel] - largest))
                let value = Double(values.pointer[step * wide + channel])
                total += weight
                sum += weight * value
                squares += weight * value * value
            }
            let mean = sum / total
            output[channel] = Float(mean)
            output[wide + channel] = Float(max(squares / total - mean * mean, 1e-5).squareRoot())
        }
    }
}
