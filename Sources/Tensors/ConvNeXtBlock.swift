internal import CKernels

/// A ConvNeXt block along time, frame-major: `x + γ · W₂ gelu(W₁ norm(depthwise(x)))`.
///
/// Source: Liu et al., "A ConvNet for the 2020s" (2022), in the one-dimensional form of Vocos (Siuzdak 2023).
public struct ConvNeXtBlock: Sendable {
    /// The epsilon that Vocos' layer norms have.
    public static let normEpsilon: Float = 1e-6

    public let convolution: DepthwiseConvolution
    private let norm: LayerNorm
    private let expand: Linear
    private let contract: Linear
    /// γ, `[channels]`; nil is 1.
    private let scale: [Float]?

    public var channels: Int { convolution.channels }
    /// Width between the two pointwise layers.
    public var hidden: Int { expand.outputs }

    /// - Returns: nil when the widths do not fit, or the convolution has an even number of taps.
    public init?(
        convolution: DepthwiseConvolution, norm: LayerNorm, expand: Linear, contract: Linear, scale: [Float]?
    ) {
        let channels = convolution.channels
        guard norm.gain.count == channels, expand.inputs == channels, contract.inputs == expand.outputs,
            contract.outputs == channels, scale.map({ $0.count == channels }) ?? true, convolution.taps % 2 == 1
        else { return nil }
        self.convolution = convolution
        self.norm = norm
        self.expand = expand
        self.contract = contract
        self.scale = scale
    }

    /// - Parameters:
    ///   - input: `[frames + convolution.span, channels]`; output frame t belongs to input frame t + span / 2.
    ///   - output: `[frames, channels]`, other memory than the input.
    public func callAsFunction(
        _ input: UnsafePointer<Float>, frames: Int, into output: UnsafeMutablePointer<Float>,
        workspace: ConvNeXtWorkspace, on pool: ThreadPool
    ) {
        workspace.reserve(frames: frames, channels: channels, hidden: hidden)
        let (inner, wide) = (workspace.inner.pointer, workspace.hidden.pointer)
        convolution(input, frames: frames, into: inner, on: pool)
        norm(inner, rows: frames, into: inner, on: pool)
        expand(inner, rows: frames, into: wide, .gelu, on: pool)
        output.update(from: input + convolution.span / 2 * channels, count: frames * channels)
        guard let scale else {
            contract(wide, rows: frames, into: output, .accumulate, on: pool)
            return
        }
        contract(wide, rows: frames, into: inner, on: pool)
        scale.withUnsafeBufferPointer {
            hk_scale_add(pool.handle, inner, Int64(frames), Int64(channels), $0.baseAddress, output)
        }
    }
}

/// Memory that ``ConvNeXtBlock`` works in; one serves any number of blocks in turn.
public final class ConvNeXtWorkspace {
    /// `[frames, channels]`
    fileprivate private(set) var inner = FloatBuffer(count: 0)
    /// `[frames, hidden]`
    fileprivate private(set) var hidden = FloatBuffer(count: 0)

    public init() {}

    fileprivate func reserve(frames: Int, channels: Int, hidden width: Int) {
        if inner.count < frames * channels { inner = FloatBuffer(count: frames * channels) }
        if hidden.count < frames * width { hidden = FloatBuffer(count: frames * width) }
    }
}
