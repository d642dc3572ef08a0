public import Recognition

/// What a dictation reports.
public enum DictationEvent: Sendable, Equatable {
    /// Speech began so many seconds after the start of the sound.
    case speechStarted(seconds: Double)
    /// Text that was added for good. All of an utterance together, less what was erased, are its final text.
    case committed(String)
    /// Text that the speaker took back ("scratch that"): the end of what was committed, or the whole utterance before.
    case erased(String)
    /// The utterance as it looks now: what is certain, and what may still change.
    case partial(committed: String, tentative: String)
    /// The utterance is complete.
    case final(DictatedText)
    /// Speech ended so many seconds after the start of the sound.
    case speechEnded(seconds: Double)
}

/// One utterance, from pause to pause.
public struct DictatedText: Sendable, Equatable {
    /// Text without a space around it; spoken commands are done.
    public var text: String
    /// Code of the language.
    public var language: String
    /// Seconds after the start of the sound.
    public var start: Double
    /// Seconds after the start of the sound.
    public var end: Double
    /// Words as they were said, commands included, with times from the start of the sound; nil if not asked for.
    public var words: [Word]?

    public init(text: String, language: String, start: Double, end: Double, words: [Word]? = nil) {
        self.text = text
        self.language = language
        self.start = start
        self.end = end
        self.words = words
    }
}

/// How speech becomes text while it is spoken.
public struct DictationOptions: Sendable, Equatable {
    public var policy = CommitPolicy.localAgreement
    /// Seconds of new sound between two hypotheses.
    public var interval = 0.3
    /// Seconds of silence that end an utterance; half of them where its text ends a sentence, five sixths where its text
    /// has not changed while it was silent.
    public var pause = 0.35
    /// Code of the language; nil to detect it with each utterance.
    public var language: String?
    public var commands = SpokenCommands(language: "en")
    /// Whether final texts come with the times of their words.
    public var wordTimes = false
    /// Whether an utterance is decoded in the light of the ones before it. Small models are better off without.
    public var conditionsOnPreviousText = false

    /// Values that make sense, in seconds.
    public static let intervals = 0.1...5.0
    public static let pauses = 0.1...5.0

    public init() {}
}
