internal import CKernels
internal import Glibc

/// Reductions over one row of numbers, vectorised.
public enum Reduction {
    /// The largest element; −∞ for an empty row.
    public static func maximum(_ row: UnsafeBufferPointer<Float>) -> Float {
        guard let base = row.baseAddress else { return -.infinity }
        return hk_maximum(base, Int64(row.count))
    }

    /// Index of the first largest element, or nil for an empty row.
    public static func firstMaximum(_ row: UnsafeBufferPointer<Float>) -> Int? {
        guard let base = row.baseAddress, !row.isEmpty else { return nil }
        return Int(hk_argmax(base, Int64(row.count)))
    }

    /// log Σ exp(x), −∞ for an empty row or one of −∞ only.
    public static func logSumExp(_ row: UnsafeBufferPointer<Float>) -> Float {
        guard let base = row.baseAddress else { return -.infinity }
        return hk_log_sum_exp(base, Int64(row.count))
    }

    /// Whether no element is NaN or infinite, nor so large (above 10¹⁶ or so) that squares overflow.
    public static func isFinite(_ row: UnsafeBufferPointer<Float>) -> Bool {
        guard let base = row.baseAddress else { return true }
        return hk_dot(base, base, Int64(row.count)).isFinite
    }

    /// Quantises `[rows, columns]` to signed bytes with one scale per row (max |x| / 127), ties to even.
    public static func quantizeRows(
        _ values: UnsafePointer<Float>, rows: Int, columns: Int, into bytes: UnsafeMutablePointer<Int8>,
        scales: UnsafeMutablePointer<Float>
    ) {
        hk_quantize_rows(values, Int64(rows), Int64(columns), bytes, scales)
    }
}

extension Float {
    /// eˣ.
    package static func exponential(_ x: Float) -> Float { expf(x) }
}
