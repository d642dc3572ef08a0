/// What a transcription reports while it runs; each event is final when it is sent.
public enum TranscriptionEvent: Sendable {
    /// The language was detected; its probability and those of all others, most probable first.
    case languageDetected(code: String, probabilities: [LanguageProbability])
    /// The next segment of the transcript.
    case segment(Segment)
    /// A window and all its segments are done.
    case windowDone(WindowSummary)
    /// All segments up to here are out, and with them the transcription can go on from here in another run. Comes after
    /// every window, or after every batch of them.
    case checkpoint(TranscriptionCursor)
    /// The recording is transcribed up to here, in seconds.
    case progress(seconds: Double)
}

/// What became of a window.
public struct WindowSummary: Sendable, Equatable {
    /// Start in seconds.
    public var start: Double
    /// End of the audio that was decoded, in seconds; the next window may begin earlier.
    public var end: Double
    /// Temperature of the result that was taken.
    public var temperature: Double
    /// Probability of `<|nospeech|>`.
    public var noSpeechProbability: Double
    /// Whether the window was left out as silence or as made-up text.
    public var isSkipped: Bool

    public init(start: Double, end: Double, temperature: Double, noSpeechProbability: Double, isSkipped: Bool) {
        self.start = start
        self.end = end
        self.temperature = temperature
        self.noSpeechProbability = noSpeechProbability
        self.isSkipped = isSkipped
    }
}
