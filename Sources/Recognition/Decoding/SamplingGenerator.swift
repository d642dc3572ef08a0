/// Random numbers for sampling tokens: SplitMix64 (Steele, Lea, Flood 2014), one stream per sequence.
///
/// Made for reproducible transcripts, not for secrets.
struct SamplingGenerator: RandomNumberGenerator, Sendable {
    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var state: UInt64

    init(seed: UInt64, stream: UInt64) {
        // Mixing keeps streams of neighbouring seeds from being shifted copies of each other.
        state = Self.mixed(seed) ^ Self.mixed(stream &+ Self.increment)
    }

    mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mixed(state)
    }

    /// Uniform in `0 ..< 1`.
    mutating func nextUniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
