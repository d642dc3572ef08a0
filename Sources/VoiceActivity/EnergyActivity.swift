import Glibc

/// Speech by loudness alone: steps of 20 ms against a floor that follows the quietest of the last seconds. Needs no
/// weights; every noise that is louder than its background counts as speech.
struct EnergyActivity: Sendable {
    /// Samples to a probability.
    static let step = VoiceActivityModel.sampleRate / 50
    /// Above the floor, in dB, where speech and silence are equally probable.
    private static let margin: Float = 10
    /// In dB below full scale, what is never speech.
    private static let quietest: Float = -65
    /// In dB per step, how fast the floor forgets.
    private static let rise: Float = 0.06

    private var floor: Float?

    /// The probability of one step of ``step`` samples.
    mutating func probability(of samples: UnsafeBufferPointer<Float>) -> Float {
        var energy: Float = 0
        for sample in samples { energy += sample * sample }
        let level = max(10 * log10f(energy / Float(max(samples.count, 1)) + 1e-10), Self.quietest - Self.margin)
        let floor = min(level, (self.floor ?? level) + Self.rise)
        self.floor = floor
        return 1 / (1 + expf(-(level - max(floor, Self.quietest) - Self.margin) / 2))
    }
}
