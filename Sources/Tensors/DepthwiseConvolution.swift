internal import CKernels

/// A convolution along time that treats each channel alone, frame-major: `y[t, c] = b[c] + Σₖ w[k, c] · x[t + k·d, c]`.
public struct DepthwiseConvolution: Sendable {
    public let channels: Int
    /// Taps of each channel's filter.
    public let taps: Int
    /// Frames between neighbouring taps.
    public let dilation: Int
    /// Frames that an output needs beyond its own: `(taps − 1) · dilation`.
    public var span: Int { (taps - 1) * dilation }

    /// `[taps, channels]`
    private let weight: [Float]
    private let bias: [Float]?

    /// - Parameters:
    ///   - weight: `[channels, taps]`, as PyTorch's `Conv1d(groups=channels)` stores it (`[channels, 1, taps]`).
    ///   - bias: `[channels]`, or nil.
    /// - Returns: nil when the counts do not fit, or `taps` or `dilation` is not 1…1024.
    public init?(weight: [Float], bias: [Float]?, channels: Int, taps: Int, dilation: Int = 1) {
        guard (1...1024).contains(taps), (1...1024).contains(dilation), channels > 0 else { return nil }
        guard weight.count.isMultiple(of: taps), weight.count / taps == channels else { return nil }
        guard bias.map({ $0.count == channels }) ?? true else { return nil }
        self.weight = (0..<taps).flatMap { tap in (0..<channels).map { weight[$0 * taps + tap] } }
        self.bias = bias
        self.channels = channels
        self.taps = taps
        self.dilation = dilation
    }

    /// Convolves without padding.
    ///
    /// - Parameters:
    ///   - input: `[frames + span, channels]`.
    ///   - output: `[frames, channels]`, other memory than the input.
    public func callAsFunction(
        _ input: UnsafePointer<Float>, frames: Int, into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        weight.withUnsafeBufferPointer { weight in
            func convolve(_ bias: UnsafePointer<Float>?) {
                hk_depthwise(
                    pool.handle, input, Int64(frames), Int64(channels), weight.baseAddress, Int64(taps),
                    Int64(dilation), bias, output)
            }
            if let bias {
                bias.withUnsafeBufferPointer { convolve($0.baseAddress) }
            } else {
                convolve(nil)
            }
        }
    }
}
