package import Tensors
package import WeightFiles

/// Vocos' backbone: a convolution of 7 taps widens the input, then ConvNeXt blocks, with a norm before and after.
///
/// Source: H. Siuzdak, "Vocos: Closing the gap between time-domain and Fourier-based neural vocoders for high-quality
/// audio synthesis" (2023), `VocosBackbone`.
package struct Backbone: Sendable {
    package let inputs: Int
    package let channels: Int
    let embed: Conv1D
    let norm: LayerNorm
    let blocks: [ConvNeXtBlock]
    let finalNorm: LayerNorm

    /// Reads `embed`, `norm`, `convnext.N` and `final_layer_norm`; their shapes tell the sizes. Throws `model.tensor.*`.
    package init(_ weights: NetworkWeights) throws(WeightFileError) {
        let shape = try weights.shape("embed.weight", rank: 3)
        let channels = shape[0]
        guard shape[2] % 2 == 1, shape[2] <= 63 else {
            throw WeightFileError(
                .tensorShape, weights.source.path,
                "\(weights.prefix)embed.weight has \(shape[2]) taps; an odd number up to 63 is needed")
        }
        embed = try weights.convolution("embed", inputs: shape[1], outputs: channels, taps: shape[2])
        norm = try weights.layerNorm("norm", width: channels, epsilon: ConvNeXtBlock.normEpsilon)
        finalNorm = try weights.layerNorm("final_layer_norm", width: channels, epsilon: ConvNeXtBlock.normEpsilon)
        var blocks: [ConvNeXtBlock] = []
        for index in 0..<weights.count("convnext", part: ".dwconv.weight") {
            blocks.append(try weights.convNeXtBlock("convnext.\(index)", channels: channels))
        }
        self.blocks = blocks
        self.channels = channels
        inputs = shape[1]
    }
}

/// A backbone that is fed in pieces; the pieces' results joined are the result of the whole. Not thread-safe.
package final class BackboneStream {
    private let backbone: Backbone
    private let pool: ThreadPool
    private let inputs: FrameQueue
    private let blocks: ConvNeXtStream
    private var output = FloatBuffer(count: 0)

    /// Frames that must follow an input frame before its output appears.
    package var lookAhead: Int { backbone.embed.span / 2 + blocks.lookAhead }

    package init(_ backbone: Backbone, on pool: ThreadPool) {
        self.backbone = backbone
        self.pool = pool
        inputs = FrameQueue(
            channels: backbone.inputs, span: backbone.embed.span, after: backbone.embed.span / 2)
        blocks = ConvNeXtStream(backbone.blocks, channels: backbone.channels, on: pool)
    }

    /// Where the caller writes `frames` frames `[frames, inputs]` before ``advance()``.
    package func extend(by frames: Int) -> UnsafeMutablePointer<Float> { inputs.extend(by: frames) }

    /// Takes what was written through the network. The result `[frames, channels]` is valid until the next call.
    package func advance() -> FrameRows {
        embed()
        return finalNorm(blocks.advance())
    }

    /// Ends the signal and gives the frames that are left; the next frame begins a new signal.
    package func finish() -> FrameRows {
        inputs.end()
        embed()
        inputs.reset()
        return finalNorm(blocks.finish())
    }

    private func embed() {
        let ready = inputs.ready
        let target = blocks.extend(by: ready)
        guard ready > 0 else { return }
        backbone.embed(inputs.frames, frames: ready, into: target, on: pool)
        backbone.norm(target, rows: ready, into: target, on: pool)
        inputs.drop(ready)
    }

    private func finalNorm(_ rows: FrameRows) -> FrameRows {
        guard rows.frames > 0 else { return rows }
        let count = rows.frames * backbone.channels
        if output.count < count { output = FloatBuffer(count: count) }
        backbone.finalNorm(rows.pointer, rows: rows.frames, into: output.pointer, on: pool)
        return FrameRows(pointer: output.pointer, frames: rows.frames)
    }
}
