import Tensors

/// VITS' DDSConv: layers of a depthwise convolution, whose dilation grows, and a pointwise one, each normalised and
/// followed by a GELU, with a residual around both.
struct DilatedSeparableStack: Sendable {
    private struct Layer: Sendable {
        let depthwise: DepthwiseConvolution
        let norm1: LayerNorm
        let pointwise: Conv1D
        let norm2: LayerNorm
    }

    let channels: Int
    private let layers: [Layer]
    private let padding: Int

    init(_ parameters: VITSParameters, _ path: String, channels: Int) throws(SynthesisError) {
        self.channels = channels
        var layers: [Layer] = []
        for number in parameters.indices("\(path).convs_sep") {
            layers.append(
                Layer(
                    depthwise: try parameters.convolution("\(path).convs_sep.\(number)").depthwise(channels: channels),
                    norm1: try parameters.norm("\(path).norms_1.\(number)", channels),
                    pointwise: try parameters.convolution("\(path).convs_1x1.\(number)")
                        .pointwise(outputs: channels, inputs: channels),
                    norm2: try parameters.norm("\(path).norms_2.\(number)", channels)))
        }
        self.layers = layers
        padding = (layers.map(\.depthwise.span).max() ?? 0) / 2
    }

    /// Room for the signal, which ``callAsFunction(_:on:)`` changes in place.
    func makeFrames(_ count: Int) -> PaddedFrames {
        PaddedFrames(frames: count, channels: channels, padding: padding)
    }

    func callAsFunction(_ x: PaddedFrames, on pool: ThreadPool) {
        let a = FloatBuffer(count: x.count)
        let b = FloatBuffer(count: x.count)
        for layer in layers {
            layer.depthwise(x.reach(span: layer.depthwise.span), frames: x.frames, into: a.pointer, on: pool)
            layer.norm1(a.pointer, rows: x.frames, into: a.pointer, on: pool)
            Activation.gelu(a.pointer, count: x.count, into: a.pointer)
            layer.pointwise(a.pointer, frames: x.frames, into: b.pointer, on: pool)
            layer.norm2(b.pointer, rows: x.frames, into: b.pointer, on: pool)
            Activation.gelu(b.pointer, count: x.count, into: x.start, adding: true)
        }
    }
}
