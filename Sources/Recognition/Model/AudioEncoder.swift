internal import Tensors

/// Whisper's encoder: two convolutions, sinusoidal positions, pre-norm transformer blocks.
///
/// Immutable and shared; what changes while it runs lies in an ``EncoderWorkspace``. Source: Radford et al., "Robust
/// Speech Recognition via Large-Scale Weak Supervision" (2022), §2.2, and OpenAI's `AudioEncoder`.
struct AudioEncoder: Sendable {
    let dimensions: ModelDimensions
    private let convolution1: Linear
    private let convolution2: Linear
    /// `[audioContext, audioState]`
    private let positions: [Float]
    private let blocks: [Block]
    private let finalNorm: LayerNorm
    private let attention: MultiHeadAttention
    private let precision: AttentionPrecision

    private struct Block: Sendable {
        let attentionNorm: LayerNorm
        let query: Linear
        let key: Linear
        let value: Linear
        let out: Linear
        let feedForwardNorm: LayerNorm
        let feedForward1: Linear
        let feedForward2: Linear
    }

    init(_ weights: WeightCatalogue, _ dimensions: ModelDimensions) throws(RecognitionError) {
        self.dimensions = dimensions
        let state = dimensions.audioState
        // A model that was made of bytes for speed has its attention and its second convolution in them too. The first
        // reads the spectrogram, whose small differences count.
        let first = try weights.matrix("encoder.blocks.0.attn.query.weight", rows: state, columns: state)
        precision = first.type == .int8 ? .int8 : .float
        convolution1 = try weights.convolution("encoder.conv1", inputs: dimensions.melBins, outputs: state)
        convolution2 = try weights.convolution(
            "encoder.conv2", inputs: state, outputs: state, rounded: first.type == .int8)
        positions = try weights.vector("encoder.positional_embedding", count: dimensions.audioContext * state)
        finalNorm = try weights.layerNorm("encoder.ln_post", width: state)
        attention = MultiHeadAttention(heads: dimensions.audioHeads, width: state / dimensions.audioHeads)
        var blocks: [Block] = []
        for index in 0..<dimensions.audioLayers {
            let name = "encoder.blocks.\(index)"
            blocks.append(
                Block(
                    attentionNorm: try weights.layerNorm("\(name).attn_ln", width: state),
                    query: try weights.linear("\(name).attn.query", inputs: state, outputs: state),
                    key: try weights.linear("\(name).attn.key", inputs: state, outputs: state, bias: false),
                    value: try weights.linear("\(name).attn.value", inputs: state, outputs: state),
                    out: try weights.linear("\(name).attn.out", inputs: state, outputs: state),
                    feedForwardNorm: try weights.layerNorm("\(name).mlp_ln", width: state),
                    feedForward1: try weights.linear(
                        "\(name).mlp.0", inputs: state, outputs: dimensions.audioFeedForward),
                    feedForward2: try weights.linear(
                        "\(name).mlp.2", inputs: dimensions.audioFeedForward, outputs: state)))
        }
        self.blocks = blocks
    }

    /// Encodes one window.
    ///
    /// - Parameters:
    ///   - mel: normalised log-mel frames, `[frames, melBins]`.
    ///   - frames: 1…2 · audioContext.
    /// - Returns: features `[positions(frames), audioState]`; they lie in the workspace and are valid until its next use.
    func encode(
        mel: UnsafePointer<Float>, frames: Int, workspace: EncoderWorkspace, on pool: ThreadPool
    ) -> UnsafeMutablePointer<Float> {
        let state = dimensions.audioState
        let positionCount = dimensions.positions(frames: frames)
        workspace.reserve(
            dimensions, frames: frames,
            attention: attention.workspaceCount(positions: positionCount, precision: precision))
        let x = workspace.stream.pointer
        convolve(mel: mel, frames: frames, workspace: workspace, into: x, on: pool)
        positions.withUnsafeBufferPointer { embedding in
            for index in 0..<positionCount * state { x[index] += embedding[index] }
        }
        for block in blocks {
            attend(block, x, positionCount, workspace, pool)
            block.feedForwardNorm(x, rows: positionCount, into: workspace.normalised.pointer, on: pool)
            block.feedForward1(
                workspace.normalised.pointer, rows: positionCount, into: workspace.inner.pointer, .gelu, on: pool)
            block.feedForward2(workspace.inner.pointer, rows: positionCount, into: x, .accumulate, on: pool)
        }
        finalNorm(x, rows: positionCount, into: x, on: pool)
        return x
    }

    /// Both convolutions with their zero padding of one frame on each side.
    private func convolve(
        mel: UnsafePointer<Float>, frames: Int, workspace: EncoderWorkspace, into x: UnsafeMutablePointer<Float>,
        on pool: ThreadPool
    ) {
        let (bins, state) = (dimensions.melBins, dimensions.audioState)
        let padded = workspace.inner.pointer
        padded.update(repeating: 0, count: bins)
        (padded + bins).update(from: mel, count: frames * bins)
        (padded + (frames + 1) * bins).update(repeating: 0, count: bins)
        let hidden = padded + EncoderWorkspace.hiddenOffset(dimensions, frames: frames)
        hidden.update(repeating: 0, count: state)
        convolution1(padded, inputStride: bins, rows: frames, into: hidden + state, .gelu, on: pool)
        (hidden + (frames + 1) * state).update(repeating: 0, count: state)
        convolution2(
            hidden, inputStride: 2 * state, rows: dimensions.positions(frames: frames), into: x, .gelu, on: pool)
    }

    private func attend(
        _ block: Block, _ x: UnsafeMutablePointer<Float>, _ positionCount: Int, _ workspace: EncoderWorkspace,
        _ pool: ThreadPool
    ) {
        let state = dimensions.audioState
        let normalised = workspace.normalised.pointer
        let queries = workspace.inner.pointer
        block.attentionNorm(x, rows: positionCount, into: normalised, on: pool)
        Linear.multiply(
            (block.query, block.key, block.value), normalised, rows: positionCount,
            into: (queries, queries + state, queries + 2 * state), outputStride: 3 * state, on: pool)
        attention.encode(
            queries: queries, keys: queries + state, values: queries + 2 * state, stride: 3 * state,
            positions: positionCount, precision: precision, workspace: queries + 3 * state * positionCount,
            into: normalised, on: pool)
        block.out(normalised, rows: positionCount, into: x, .accumulate, on: pool)
    }
}

/// Memory that encoding needs, kept between windows.
final class EncoderWorkspace {
    /// The residual stream, `[positions, state]`.
    private(set) var stream = FloatBuffer(count: 0)
    /// Normalised input of a block, and what attention puts out, `[positions, state]`.
    private(set) var normalised = FloatBuffer(count: 0)
    /// By turns: padded input and output of the first convolution; queries, keys, values and attention's own
    /// workspace; the inner layer of the feed-forward block.
    private(set) var inner = FloatBuffer(count: 0)

    /// Where the first convolution's output begins in `inner`, a multiple of 16 floats.
    static func hiddenOffset(_ dimensions: ModelDimensions, frames: Int) -> Int {
        ((frames + 2) * dimensions.melBins + 15) / 16 * 16
    }

    /// - Parameter attention: floats that attention needs beside queries, keys and values.
    func reserve(_ dimensions: ModelDimensions, frames: Int, attention: Int) {
        let positions = dimensions.positions(frames: frames)
        let state = positions * dimensions.audioState
        let convolution = Self.hiddenOffset(dimensions, frames: frames) + (frames + 2) * dimensions.audioState
        let attending = 3 * state + attention
        let feedForward = positions * dimensions.audioFeedForward
        let most = max(convolution, attending, feedForward)
        if stream.count < state { stream = FloatBuffer(count: state) }
        if normalised.count < state { normalised = FloatBuffer(count: state) }
        if inner.count < most { inner = FloatBuffer(count: most) }
    }

    /// Gives the memory back until the next window.
    func discard() {
        for buffer in [stream, normalised, inner] { buffer.discard() }
    }

    /// Memory for what follows the encoder; the features stay intact.
    func scratch(_ count: Int) -> UnsafeMutablePointer<Float> {
        if inner.count < count { inner = FloatBuffer(count: count) }
        return inner.pointer
    }
}
