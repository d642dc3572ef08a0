internal import CKernels

/// A dense convolution along time over frames `[frames, inputs]`, its filters packed once for this machine.
// @unchecked Sendable because the packed filters are read-only after the initialiser and freed only in deinit.
public final class Conv1D: @unchecked Sendable {
    public let inputs: Int
    public let outputs: Int
    /// Taps of a filter.
    public let taps: Int
    /// Frames between two taps.
    public let dilation: Int
    /// Frames that an output needs beyond one.
    public var span: Int { (taps - 1) * dilation }
    private let filters: OpaquePointer

    /// - Parameters:
    ///   - weight: `[outputs, inputs, taps]`, as PyTorch's `Conv1d` stores it.
    ///   - bias: `[outputs]`, or nil.
    /// - Returns: nil when a count is not positive, the weight or bias does not fit the counts, or memory is out.
    public convenience init?(
        weight: [Float], bias: [Float]?, outputs: Int, inputs: Int, taps: Int, dilation: Int = 1
    ) {
        guard let count = Self.product(outputs, inputs, taps), count == weight.count else { return nil }
        let reordered = [Float](unsafeUninitializedCapacity: count) { target, initialized in
            for output in 0..<outputs {
                for input in 0..<inputs {
                    for tap in 0..<taps {
                        target[(output * taps + tap) * inputs + input] = weight[(output * inputs + input) * taps + tap]
                    }
                }
            }
            initialized = count
        }
        self.init(frameMajor: reordered, bias: bias, outputs: outputs, inputs: inputs, taps: taps, dilation: dilation)
    }

    /// - Parameter frameMajor: `[outputs, taps, inputs]`.
    init?(frameMajor: [Float], bias: [Float]?, outputs: Int, inputs: Int, taps: Int, dilation: Int) {
        guard let count = Self.product(outputs, inputs, taps), count == frameMajor.count else { return nil }
        guard dilation > 0, bias.map({ $0.count == outputs }) ?? true else { return nil }
        let created = frameMajor.withUnsafeBufferPointer { weights in
            withOptionalPointer(to: bias) { bias in
                hk_filters_create(weights.baseAddress, bias, Int64(outputs), Int64(taps), Int64(inputs))
            }
        }
        guard let created else { return nil }
        filters = created
        self.inputs = inputs
        self.outputs = outputs
        self.taps = taps
        self.dilation = dilation
    }

    deinit {
        hk_filters_destroy(filters)
    }

    /// Convolves without padding.
    ///
    /// - Parameters:
    ///   - input: `[frames + span, inputs]`; other memory than `output`.
    ///   - output: `[frames, outputs]` with `outputStride` floats between frames.
    public func callAsFunction(
        _ input: UnsafePointer<Float>, frames: Int, into output: UnsafeMutablePointer<Float>,
        outputStride: Int? = nil, _ epilogue: LinearEpilogue = [], on pool: ThreadPool
    ) {
        hk_convolve(
            pool.handle, filters, input, Int64(frames), Int64(dilation), epilogue.rawValue, output,
            Int64(outputStride ?? outputs))
    }

    /// The product of positive counts, or nil.
    static func product(_ counts: Int...) -> Int? {
        var product = 1
        for count in counts {
            let (next, overflow) = product.multipliedReportingOverflow(by: count)
            guard count > 0, !overflow else { return nil }
            product = next
        }
        return product
    }
}

/// A transposed convolution along time, which makes `stride` frames of one: for each group of output phases that read
/// the same inputs, one plain convolution.
public final class ConvTranspose1D: Sendable {
    public let inputs: Int
    public let outputs: Int
    /// Output frames to an input frame.
    public let stride: Int
    /// Input frames before its own that an output reads.
    public let before: Int
    /// Input frames after its own that an output reads.
    public let after: Int
    private let phases: [Phase]

    /// Consecutive phases whose outputs read the same input frames.
    private struct Phase: Sendable {
        let convolution: Conv1D
        /// First output frame of `stride`.
        let first: Int
        /// Input frames before the output's own with which the reading begins.
        let before: Int
    }

    /// Output length is `frames · stride`, as PyTorch gives when `taps − 2 · padding` (+ output padding) is `stride`.
    ///
    /// - Parameters:
    ///   - weight: `[inputs, outputs, taps]`, as PyTorch's `ConvTranspose1d` stores it.
    ///   - padding: output frames cut off at the start.
    /// - Returns: nil when the counts do not fit, or `stride` exceeds `taps`.
    public init?(
        weight: [Float], bias: [Float]?, inputs: Int, outputs: Int, taps: Int, stride: Int, padding: Int
    ) {
        guard let count = Conv1D.product(inputs, outputs, taps), count == weight.count else { return nil }
        guard stride > 0, stride <= taps, padding >= 0, padding < taps else { return nil }
        guard bias.map({ $0.count == outputs }) ?? true else { return nil }
        // Output i · stride + r reads input i + d through tap r + padding − stride · d, where there is such a tap.
        let readings = (0..<stride).map { phase in
            -Self.floorDivide(taps - 1 - phase - padding, stride)...Self.floorDivide(phase + padding, stride)
        }
        var built: [Phase] = []
        var first = 0
        while first < stride {
            var last = first
            while last + 1 < stride, readings[last + 1] == readings[first] { last += 1 }
            let reads = readings[first]
            var filters: [Float] = []
            filters.reserveCapacity((last - first + 1) * outputs * reads.count * inputs)
            for phase in first...last {
                for output in 0..<outputs {
                    for d in reads {
                        let tap = phase + padding - stride * d
                        for input in 0..<inputs { filters.append(weight[(input * outputs + output) * taps + tap]) }
                    }
                }
            }
            let repeated = bias.map { bias in [Float]((first...last).flatMap { _ in bias }) }
            guard
                let convolution = Conv1D(
                    frameMajor: filters, bias: repeated, outputs: (last - first + 1) * outputs, inputs: inputs,
                    taps: reads.count, dilation: 1)
            else { return nil }
            built.append(Phase(convolution: convolution, first: first, before: -reads.lowerBound))
            first = last + 1
        }
        phases = built
        before = max(0, readings.map { -$0.lowerBound }.max() ?? 0)
        after = max(0, readings.map(\.upperBound).max() ?? 0)
        self.inputs = inputs
        self.outputs = outputs
        self.stride = stride
    }

    /// - Parameters:
    ///   - input: `[before + frames + after, inputs]`, zeros standing for what lies outside of the signal.
    ///   - output: `[frames · stride, outputs]`; other memory than `input`.
    public func callAsFunction(
        _ input: UnsafePointer<Float>, frames: Int, into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        for phase in phases {
            phase.convolution(
                input + (before - phase.before) * inputs, frames: frames, into: output + phase.first * outputs,
                outputStride: stride * outputs, on: pool)
        }
    }

    private static func floorDivide(_ a: Int, _ b: Int) -> Int {
        a >= 0 ? a / b : -((b - 1 - a) / b)
    }
}

private func withOptionalPointer<Result>(
    to array: [Float]?, _ body: (UnsafePointer<Float>?) -> Result
) -> Result {
    guard let array else { return body(nil) }
    return array.withUnsafeBufferPointer { body($0.baseAddress) }
}
