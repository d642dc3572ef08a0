/// What was measured of the recording of a phrase, before anybody listened to what was said.
public struct StatementSound: Sendable, Hashable {
    /// The daemon recorded it itself, from a microphone.
    public var isLive: Bool
    /// Samples that the microphone lost, and times that it was lost itself.
    public var droppedFrames: Int
    /// Hz of the microphone.
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

    public init(
        isLive: Bool, droppedFrames: Int, sampleRate: Int, speechSeconds: Double, seconds: Double, clipping: Double,
        signalToNoise: Double, isMarked: Bool, hasDigitalSilence: Bool
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
    }
}

/// What was measured of the voice in a recorded phrase, and in the recordings that a voice is to be made from.
public struct StatementVoice: Sendable, Hashable {
    /// How alike two recordings are, and how alike those of one person are at least: the shorter they are, the more.
    public struct Likeness: Sendable, Hashable {
        /// −1 … 1.
        public var similarity: Double
        public var threshold: Double

        public init(similarity: Double, threshold: Double) {
            self.similarity = similarity
            self.threshold = threshold
        }

        /// Numbers that are none are nobody's.
        public var isOneVoice: Bool { similarity >= threshold }

        /// The one of both that tells more against one voice.
        public func weaker(_ other: Likeness) -> Likeness {
            let (own, others) = (similarity - threshold, other.similarity - other.threshold)
            return own < others || own.isNaN ? self : other
        }
    }

    /// The longest silence before and between the one-time words, in seconds.
    public var longestGap: Double
    /// Between the background of the statement and that of the one-time words, in decibels.
    public var backgroundJump: Double
    /// Of the statement and the one-time words.
    public var within: Likeness
    /// Of a recording for the voice and its parts, the weakest; nil where none is long enough to have any.
    public var consistency: Likeness?
    /// Of the statement or the one-time words and a recording for the voice, the weakest; nil where there are none.
    public var reference: Likeness?

    public init(
        longestGap: Double, backgroundJump: Double, within: Likeness, consistency: Likeness? = nil,
        reference: Likeness? = nil
    ) {
        self.longestGap = longestGap
        self.backgroundJump = backgroundJump
        self.within = within
        self.consistency = consistency
        self.reference = reference
    }
}

/// The checks of a recorded phrase, cheapest first. Numbers that are none fail.
public enum StatementChecks {
    static let leastSpeech = 6.0
    /// Seconds of a recording.
    public static let longest = 40.0
    static let mostClipping = 0.001
    static let leastSignalToNoise = 15.0
    static let leastRate = 16_000
    /// Seconds of silence that a reader leaves between the words of today.
    static let longestGap = 1.2
    /// Decibels by which the background may change within a recording: of 80 recordings of readers (LibriSpeech, LJ Speech)
    /// none changed by more than 29 between the last three seconds and the rest.
    static let farthestBackground = 30.0

    /// - Throws: ``ConsentError/Code/notLive``, ``ConsentError/Code/speechTooShort``, ``ConsentError/Code/tooNoisy``,
    ///   ``ConsentError/Code/syntheticAudio``.
    public static func check(_ sound: StatementSound) throws(ConsentError) {
        guard sound.isLive, sound.droppedFrames == 0 else {
            throw ConsentError(
                .notLive, "the phrase must be recorded by the daemon, from a microphone, without a gap")
        }
        guard sound.speechSeconds >= leastSpeech, sound.seconds <= longest else {
            throw ConsentError(
                .speechTooShort,
                "\(Int(leastSpeech)) seconds of speech are needed, within a recording of at most \(Int(longest))")
        }
        guard sound.sampleRate >= leastRate, sound.clipping < mostClipping, sound.signalToNoise >= leastSignalToNoise
        else {
            throw ConsentError(
                .tooNoisy, "the recording is too noisy, too loud for the microphone, or of too low a rate")
        }
        guard !sound.isMarked, !sound.hasDigitalSilence else {
            throw ConsentError(.syntheticAudio, "the recording is synthetic speech, or was put together")
        }
    }

    /// - Parameter transcript: what a recogniser heard that was told nothing of the phrase.
    /// - Throws: ``ConsentError/Code/phraseMismatch``.
    public static func check(transcript: String, of phrase: ChallengePhrase) throws(ConsentError) {
        try PhraseComparison(phrase, transcript: transcript).check()
    }

    /// - Throws: ``ConsentError/Code/syntheticAudio``, ``ConsentError/Code/inconsistentSpeaker``,
    ///   ``ConsentError/Code/speakerMismatch``.
    public static func check(_ voice: StatementVoice) throws(ConsentError) {
        guard voice.longestGap <= longestGap, voice.backgroundJump <= farthestBackground else {
            throw ConsentError(
                .syntheticAudio,
                "the words of today seem to come from another recording; read the phrase without a pause")
        }
        guard voice.within.isOneVoice else {
            throw ConsentError(
                .inconsistentSpeaker, "the statement and the words of today were not spoken by one person")
        }
        guard voice.consistency?.isOneVoice ?? true else {
            throw ConsentError(
                .inconsistentSpeaker, "more than one person speaks in a recording for the voice")
        }
        guard voice.reference?.isOneVoice ?? true else {
            throw ConsentError(
                .speakerMismatch, "the recordings for the voice are not of the person who read the phrase")
        }
    }
}
