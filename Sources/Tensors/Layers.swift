internal import CKernels

/// What a linear layer does with its product before it is stored.
public struct LinearEpilogue: OptionSet, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The exact (erf) Gaussian error linear unit.
    public static let gelu = LinearEpilogue(rawValue: Int32(HK_GELU))
    /// Adds to what the output holds: a residual connection.
    public static let accumulate = LinearEpilogue(rawValue: Int32(HK_ACCUMULATE))
    /// Not of the output: `.int8` weights multiply few rows as coarsely as many, with 8 bits of the input in place of 15.
    public static let coarse = LinearEpilogue(rawValue: Int32(HK_COARSE))
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
        withPointers { matrix, bias in
            hk_linear(
                pool.handle, matrix, bias, input, Int64(inputStride ?? inputs), Int64(rows), epilogue.rawValue,
                output, Int64(outputStride ?? outputs))
        }
    }
}

extension Linear {
    /// Multiplies the same rows by three layers with as many inputs, as queries, keys and values are made: the rows are
    /// prepared once, and the pool's threads share out all three products at once.
    ///
    /// - Parameters:
    ///   - input: `[rows, inputs]` without gaps.
    ///   - outputs: `[rows, outputs]` of each layer, with `outputStride` floats between rows.
    public static func multiply(
        _ layers: (Linear, Linear, Linear), _ input: UnsafePointer<Float>, rows: Int,
        into outputs:
            (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>),
        outputStride: Int? = nil, _ epilogue: LinearEpilogue = [], on pool: ThreadPool
    ) {
        let (first, second, third) = layers
        precondition(first.inputs == second.inputs && first.inputs == third.inputs)
        func product(
            _ layer: Linear, _ matrix: UnsafePointer<hk_matrix>, _ bias: UnsafePointer<Float>?,
            _ output: UnsafeMutablePointer<Float>
        ) -> hk_product {
            hk_product(w: matrix, bias: bias, y: output, ldy: Int64(outputStride ?? layer.outputs))
        }
        first.withPointers { firstMatrix, firstBias in
            second.withPointers { secondMatrix, secondBias in
                third.withPointers { thirdMatrix, thirdBias in
                    let products = [
                        product(first, firstMatrix, firstBias, outputs.0),
                        product(second, secondMatrix, secondBias, outputs.1),
                        product(third, thirdMatrix, thirdBias, outputs.2),
                    ]
                    hk_linear_group(
                        pool.handle, products, Int64(products.count), input, Int64(first.inputs), Int64(rows),
                        epilogue.rawValue)
                }
            }
        }
    }

    private func withPointers(_ body: (UnsafePointer<hk_matrix>, UnsafePointer<Float>?) -> Void) {
        withUnsafePointer(to: weight.matrix) { matrix in
            guard let bias else { return body(matrix, nil) }
            bias.withUnsafeBufferPointer { body(matrix, $0.baseAddress) }
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
