internal import CKernels

/// Elementwise functions between the layers of convolutional networks.
public enum Activation {
    /// `x > 0 ? x : slope · x`; a slope of 0 is the rectifier. In place where both pointers are the same.
    public static func leakyReLU(
        _ input: UnsafePointer<Float>, count: Int, slope: Float, into output: UnsafeMutablePointer<Float>,
        on pool: ThreadPool
    ) {
        hk_leaky_relu(pool.handle, input, Int64(count), slope, output)
    }

    /// `tanh(a) · sigmoid(b)` of rows `[a, b]`, WaveNet's gate.
    ///
    /// - Parameters:
    ///   - input: `[rows, 2 · channels]`.
    ///   - output: `[rows, channels]`.
    public static func gatedTanh(
        _ input: UnsafePointer<Float>, rows: Int, channels: Int, into output: UnsafeMutablePointer<Float>,
        on pool: ThreadPool
    ) {
        hk_gated_tanh(pool.handle, input, Int64(rows), Int64(channels), output)
    }

    /// The exact (erf) Gaussian error linear unit. In place where both pointers are the same, unless `adding`.
    ///
    /// - Parameter adding: to what the output holds: a residual connection.
    public static func gelu(
        _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>, adding: Bool = false
    ) {
        hk_gelu(input, Int64(count), adding ? 1 : 0, output)
    }

    /// Each row of `[rows, columns]` becomes its softmax, in place.
    public static func softmax(_ rows: UnsafeMutablePointer<Float>, rows count: Int, columns: Int) {
        hk_softmax(rows, Int64(count), Int64(columns), Int64(columns))
    }
}
