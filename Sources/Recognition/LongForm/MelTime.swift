/// Mel frames and seconds: 100 frames per second at 16 kHz and a hop of 160 samples.
enum MelTime {
    static let framesPerSecond = 100.0
    /// Mel frames per position of the encoder's output.
    static let framesPerPosition = 2
    /// Seconds per timestamp token.
    static let timestampPrecision = 0.02

    static func seconds(_ frames: Int) -> Double {
        Double(frames * 160) / 16_000
    }

    /// The nearest frame, halves to even as the reference rounds; the ends of `Int`'s usable range for times that no
    /// recording reaches.
    static func frames(_ seconds: Double) -> Int {
        let frames = (seconds * framesPerSecond).rounded(.toNearestOrEven)
        guard frames.isFinite else { return frames > 0 ? largest : 0 }
        return Int(max(-Double(largest), min(Double(largest), frames)))
    }

    /// A frame number behind every recording that still can be added to and multiplied by a hop.
    static let largest = 1 << 50
}
