/// What the decoder was asked to do with the speech.
public enum TranscriptionTask: String, Sendable, CaseIterable, Hashable, Codable {
    /// Write down what is said, in the language in which it is said.
    case transcribe
    /// Write down in English what is said in another language.
    case translate
}

/// The result for one recording: its text, whole and in segments.
///
/// The fields are those of the reference's `transcribe()` result, with the task and the duration that OpenAI's API
/// adds to them.
public struct Transcript: Sendable, Equatable {
    /// What the decoder was asked to do.
    public var task: TranscriptionTask
    /// Language code such as `en`: the language given, or the one detected.
    public var language: String
    /// Length of the recording in seconds.
    public var duration: Double
    /// Text of the whole recording, as decoded: it usually begins with a space.
    public var text: String
    /// Consecutive stretches of speech, in order of time.
    public var segments: [Segment]

    public init(
        task: TranscriptionTask = .transcribe, language: String, duration: Double, text: String, segments: [Segment]
    ) {
        self.task = task
        self.language = language
        self.duration = duration
        self.text = text
        self.segments = segments
    }
}

/// A stretch of speech between two timestamps.
public struct Segment: Sendable, Equatable, Codable {
    /// Position in the transcript, from 0.
    public var id: Int
    /// First frame of the window that it was decoded from, in mel frames of 10 ms.
    public var seek: Int
    /// Start in seconds from the start of the recording.
    public var start: Double
    /// End in seconds from the start of the recording.
    public var end: Double
    /// Text as decoded, with its leading space; empty if the segment was instantaneous or held no text.
    public var text: String
    /// Tokens as sampled, with timestamp tokens.
    public var tokens: [Int]
    /// Temperature at which the window was decoded in the end.
    public var temperature: Double
    /// Mean log-probability of the window's tokens (natural logarithm).
    public var averageLogProbability: Double
    /// Length of the window's text in UTF-8 over its length when compressed by zlib.
    public var compressionRatio: Double
    /// Probability of the no-speech token at the start of the transcript.
    public var noSpeechProbability: Double
    /// Words with their times; nil if they were not asked for.
    public var words: [Word]?
    /// Why there is no text here, as an error's code; nil if the sound was decoded to its end.
    public var problem: String?

    public init(
        id: Int, seek: Int, start: Double, end: Double, text: String, tokens: [Int], temperature: Double,
        averageLogProbability: Double, compressionRatio: Double, noSpeechProbability: Double, words: [Word]? = nil,
        problem: String? = nil
    ) {
        self.id = id
        self.seek = seek
        self.start = start
        self.end = end
        self.text = text
        self.tokens = tokens
        self.temperature = temperature
        self.averageLogProbability = averageLogProbability
        self.compressionRatio = compressionRatio
        self.noSpeechProbability = noSpeechProbability
        self.words = words
        self.problem = problem
    }
}

/// A word, with the punctuation that belongs to it, and its time.
public struct Word: Sendable, Equatable, Codable {
    /// The word as decoded, with its leading space where the language writes one.
    public var text: String
    /// Start in seconds from the start of the recording.
    public var start: Double
    /// End in seconds from the start of the recording.
    public var end: Double
    /// Mean probability of the word's tokens.
    public var probability: Double

    public init(text: String, start: Double, end: Double, probability: Double) {
        self.text = text
        self.start = start
        self.end = end
        self.probability = probability
    }
}
