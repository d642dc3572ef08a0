import Glibc

/// Normally distributed numbers that depend on the seed alone: SplitMix64 (Steele, Lea, Flood 2014) through the
/// Box–Muller transform.
struct GaussianNoise {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Writes numbers of deviation `scale`; all zero, and nothing drawn, when that is 0.
    mutating func fill(_ numbers: UnsafeMutableBufferPointer<Float>, scale: Float) {
        guard scale != 0 else { return numbers.update(repeating: 0) }
        for index in stride(from: 0, to: numbers.count, by: 2) {
            let bits = next()
            // 24 bits each; the first is never 0, whose logarithm is infinite.
            let first = (Float(bits >> 40) + 1) * 0x1p-24
            let second = Float(bits & 0xff_ffff) * 0x1p-24
            let radius = (-2 * logf(first)).squareRoot() * scale
            numbers[index] = radius * cosf(2 * .pi * second)
            if index + 1 < numbers.count { numbers[index + 1] = radius * sinf(2 * .pi * second) }
        }
    }
}
