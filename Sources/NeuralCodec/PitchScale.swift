internal import Glibc

/// F0 as the networks take it and as it is coded.
struct PitchScale: Sendable {
    let reference: Float
    let low: Float
    let high: Float

    init(_ configuration: CodecConfiguration) {
        reference = configuration.pitchReference
        low = configuration.pitchLow
        high = configuration.pitchHigh
    }

    /// Steps between the lowest code, 1, and the highest, 255.
    private static let steps: Float = 254

    /// ln(F0 / reference) of a voiced frame's F0 in Hz.
    func feature(_ f0: Float) -> Float { f0 > 0 ? logf(f0 / reference) : 0 }

    /// F0 in Hz from a frame's last two features; 0 where unvoiced or out of all bounds.
    func hertz(feature: Float, voicing: Float) -> Float {
        guard voicing > 0.5 else { return 0 }
        let f0 = reference * expf(feature)
        return f0 > 1 && f0 < 20_000 ? f0 : 0
    }

    /// The code of an F0 in Hz.
    func code(_ f0: Float) -> UInt8 {
        guard f0 > 0 else { return 0 }
        let place = logf(min(max(f0, low), high) / low) / logf(high / low)
        return 1 + UInt8((place * Self.steps).rounded(.toNearestOrEven))
    }

    /// The F0 in Hz of a code.
    func hertz(code: UInt8) -> Float {
        code == 0 ? 0 : low * expf((Float(code) - 1) / Self.steps * logf(high / low))
    }
}
