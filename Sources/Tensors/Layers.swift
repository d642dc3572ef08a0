internal import CKernels

/// What a linear layer does with its product before it is stored.
public struct LinearEpilogue: OptionSet, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The exact (erf) Gaussian error linear unit.
    public static let gelu = LinearEpilogue(rawValue: Int32(HK_GELU))
    /// Adds to what the output holds: a residual connection.
    public static let accumulate = LinearEpilogue(rawValue: Int32(HK_ACCUMULATE))
}

/// `y = x · Wᵀ + b`.
public struct Linear: Sendable {
    public let weight: WeightMatrix
    /// `[weight.rows]`, or nil.
    public let bias: [Float]?

    public var inputs: Int { weight.columns }
    public var outputs: Int { weight.rows }

    /// Returns nil when the bias does not have one number per output.
    public init?(weight: WeightMatrix, bias: [Float]?) {
        guard bias.map({ $0.count == weight.rows }) ?? true else { return nil }
        self.weight = weight
        self.bias = bias
    }

    /// Multiplies `rows` rows.
    ///
    /// - Parameters:
    ///   - input: `[rows, inputs]`, row `i` at `i · inputStride` floats; rows may overlap (a convolution is a linear
    ///     layer over overlapping rows).
    ///   - output: `[rows, outputs]` with `outputStride` floats between rows.
    public func callAsFunction(
        _ input: UnsafePointer<Float>, inputStride: Int? = nil, rows: Int,
        into output: UnsafeMutablePointer<Float>, outputStride: Int? = nil, _ epilogue: LinearEpilogue = [],
        on pool: ThreadPool
    ) {
        withUnsafePointer(to: weight.matrix) { matrix in
            func multiply(_ bias: UnsafePointer<Float>?) {
                hk_linear(
                    pool.handle, matrix, bias, input, Int64(inputStride ?? inputs), Int64(rows), epilogue.rawValue,
                    output, Int64(outputStride ?? outputs))
            }
            if let bias {
                bias.withUnsafeBufferPointer { multiply($0.baseAddress) }
            } else {
                multiply(nil)
            }
        }
    }
}

/// Layer normalisation over the last dimension.
public struct LayerNorm: Sendable {
    public let gain: [Float]
    public let bias: [Float]
    public let epsilon: Float

    /// Returns nil when gain and bias differ in length.
    public init?(gain: [Float], bias: [Float], epsilon: Float = 1e-5) {
        guard gain.count == bias.count else { return nil }
        self.gain = gain
        self.bias = bias
        self.epsilon = epsilon
    }

    /// Normalises `[rows, gain.count]`; input and output may be the same memory.
    public func callAsFunction(
        _ input: UnsafePointer<Float>, rows: Int, into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        gain.withUnsafeBufferPointer { gain in
            bias.withUnsafeBufferPointer { bias in
                hk_layer_norm(
                    pool.handle, input, Int64(rows), Int64(gain.count), gain.baseAddress, bias.baseAddress, epsilon,
                    output)
            }
        }
    }
}
