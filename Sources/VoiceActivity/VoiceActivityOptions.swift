/// How probabilities become stretches of speech. Times are in seconds; what is negative or not a number counts as 0.
public struct VoiceActivityOptions: Sendable, Equatable {
    /// Silence becomes speech at this probability and above.
    public var startThreshold: Float
    /// Speech goes on at this probability and above; at most ``startThreshold`` (hysteresis).
    public var stopThreshold: Float
    /// What is kept before the first sound that counts as speech, whose soft beginning was missed.
    public var preRoll: Double
    /// What is kept after the last sound that counts as speech; at most ``minimumSilence``.
    public var hangOver: Double
    /// Shorter sounds are passed over.
    public var minimumSpeech: Double
    /// Shorter pauses belong to the speech around them. It ends this long after its last sound.
    public var minimumSilence: Double

    public init(
        startThreshold: Float = 0.5, stopThreshold: Float = 0.35, preRoll: Double = 0.3, hangOver: Double = 0.2,
        minimumSpeech: Double = 0.1, minimumSilence: Double = 0.5
    ) {
        self.startThreshold = startThreshold
        self.stopThreshold = stopThreshold
        self.preRoll = preRoll
        self.hangOver = hangOver
        self.minimumSpeech = minimumSpeech
        self.minimumSilence = minimumSilence
    }
}
