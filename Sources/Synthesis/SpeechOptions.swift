/// How speech is to sound: what a command line, a request or a screen reader's settings map onto.
public struct SpeechOptions: Sendable, Equatable {
    /// Which of a voice's speakers is to speak.
    public enum Speaker: Sendable, Equatable {
        case named(String)
        /// Position in ``SpeechVoice/speakers``.
        case number(Int)
    }

    public static let rates = 0.25...4.0
    public static let pitches = -12.0...12.0
    public static let pitchRanges = 0.0...2.0
    public static let volumes = -40.0...12.0

    /// Nil for the voice's default.
    public var speaker: Speaker?
    /// Tempo: 2 is twice as fast.
    public var rate = 1.0
    /// Semitones above the voice's own pitch.
    public var pitch = 0.0
    /// How far pitch moves about its mean: 0 is monotone, 1 the voice's own.
    public var pitchRange = 1.0
    /// Decibels above the voice's own loudness (−18 LUFS).
    public var volume = 0.0
    /// Decides everything that is left to chance: the same text, voice and seed give the same samples.
    public var seed: UInt64 = 0

    public init() {}

    /// Throws ``SynthesisError/Code/optionInvalid`` for the first value outside its range (or not a number).
    public func validate() throws(SynthesisError) {
        try Self.check("rate", rate, Self.rates)
        try Self.check("pitch", pitch, Self.pitches)
        try Self.check("pitch range", pitchRange, Self.pitchRanges)
        try Self.check("volume", volume, Self.volumes)
    }

    private static func check(
        _ name: String, _ value: Double, _ allowed: ClosedRange<Double>
    ) throws(SynthesisError) {
        guard allowed.contains(value) else {
            throw SynthesisError(
                .optionInvalid,
                "a \(name) of \(value) is not possible; it must lie between \(allowed.lowerBound) and "
                    + "\(allowed.upperBound)")
        }
    }
}
