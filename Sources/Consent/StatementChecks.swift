/// What was measured of the recording of a phrase, and of the recordings that a voice is to be made from.
public struct StatementFacts: Sendable {
    /// The daemon recorded it itself, from a microphone that nobody else had.
    public var isLive: Bool
    /// Frames that the microphone lost.
    public var droppedFrames: Int
    public var sampleRate: Int
    /// Seconds in which somebody speaks.
    public var speechSeconds: Double
    /// Seconds of all of it.
    public var seconds: Double
    /// Share of samples at full scale.
    public var clipping: Double
    /// Speech above background, in decibels.
    public var signalToNoise: Double
    /// The mark of synthetic speech was found.
    public var isMarked: Bool
    /// Stretches of exact silence between words, as no microphone gives them.
    public var hasDigitalSilence: Bool
    /// Similarity of the statement to the one-time words, −1 … 1.
    public var withinSimilarity: Double
    /// Lowest similarity of the statement or the one-time words to any of the recordings for the voice.
    public var referenceSimilarity: Double
    /// Similarity from which two recordings count as one person's, which each speaker encoder has its own.
    public var threshold: Double

    public init(
        isLive: Bool, droppedFrames: Int, sampleRate: Int, speechSeconds: Double, seconds: Double, clipping: Double,
        signalToNoise: Double, isMarked: Bool, hasDigitalSilence: Bool, withinSimilarity: Double,
        referenceSimilarity: Double, threshold: Double
    ) {
        self.isLive = isLive
        self.droppedFrames = droppedFrames
        self.sampleRate = sampleRate
        self.speechSeconds = speechSeconds
        self.seconds = seconds
        self.clipping = clipping
        self.signalToNoise = signalToNoise
        self.isMarked = isMarked
        self.hasDigitalSilence = hasDigitalSilence
        self.withinSimilarity = withinSimilarity
        self.referenceSimilarity = referenceSimilarity
        self.threshold = threshold
    }
}

/// The checks of a recorded phrase, cheapest first.
public enum StatementChecks {
    static let leastSpeech = 6.0
    static let longest = 40.0
    static let mostClipping = 0.001
    static let leastSignalToNoise = 15.0
    static let leastRate = 16_000

    /// - Parameter transcript: what a recogniser heard that was told nothing of the phrase.
    /// - Throws: the ``ConsentError`` of the first check that fails. Numbers that are none fail.
    public static func run(
        _ facts: StatementFacts, phrase: ChallengePhrase, transcript: String
    ) throws(ConsentError) {
        guard facts.isLive, facts.droppedFrames == 0 else {
            throw ConsentError(
                .notLive, "the phrase must be recorded by the daemon, from a microphone, without a gap")
        }
        guard facts.speechSeconds >= leastSpeech, facts.seconds <= longest else {
            throw ConsentError(
                .speechTooShort,
                "\(Int(leastSpeech)) seconds of speech are needed, within a recording of at most \(Int(longest))")
        }
        guard facts.sampleRate >= leastRate, facts.clipping < mostClipping, facts.signalToNoise >= leastSignalToNoise
        else {
            throw ConsentError(
                .tooNoisy, "the recording is too noisy, too loud for the microphone, or of too low a rate")
        }
        guard !facts.isMarked, !facts.hasDigitalSilence else {
            throw ConsentError(.syntheticAudio, "the recording is synthetic speech, or was put together")
        }
        try PhraseComparison(phrase, transcript: transcript).check()
        guard facts.withinSimilarity >= facts.threshold else {
            throw ConsentError(
                .inconsistentSpeaker, "the statement and the words of today were not spoken by one person")
        }
        guard facts.referenceSimilarity >= facts.threshold else {
            throw ConsentError(
                .speakerMismatch, "the recordings for the voice are not of the person who read the phrase")
        }
    }
}
