/// What an utterance is taken for so far.
public struct UtteranceHypothesis: Sendable, Equatable {
    /// Words after what had been decided already.
    public var words: [HypothesisWord]
    /// Code of the language that it was decoded in.
    public var language: String
    /// Whether it is worth keeping: neither silence nor the same words over and over.
    public var isPlausible: Bool

    public init(words: [HypothesisWord], language: String, isPlausible: Bool = true) {
        self.words = words
        self.language = language
        self.isPlausible = isPlausible
    }
}

/// A word, or a punctuation mark of its own, of a hypothesis: always whole characters.
public struct HypothesisWord: Sendable, Equatable {
    /// Text as decoded, with its leading space where the language writes one.
    public var text: String
    public var tokens: [Int]
    /// Seconds from the start of the sound to the moment that the decoder attended to most when it chose the word's
    /// last token; nil where it was not asked for.
    public var attended: Double?

    public init(text: String, tokens: [Int], attended: Double? = nil) {
        self.text = text
        self.tokens = tokens
        self.attended = attended
    }

    /// Whether it has neither a letter nor a digit.
    public var isPunctuation: Bool {
        !text.unicodeScalars.contains { $0.properties.isAlphabetic || $0.properties.numericType != nil }
    }
}

/// An utterance to decode as far as it has been spoken.
public struct UtteranceRequest {
    /// Normalised log-mel frames `[frames, melBins]` from the start of the utterance's window.
    public var mel: [Float]
    /// Code of the language; nil to detect it.
    public var language: String?
    /// Tokens that the text begins with, because they have been decided already.
    public var decided: [Int]
    /// Tokens of the text before.
    public var prompt: [Int]
    /// Nothing more will be said: implausible results are tried again at higher temperatures.
    public var isFinal: Bool
    /// Whether each word is to say which moment it attended to.
    public var wantsAttention: Bool

    public init(
        mel: [Float], language: String? = nil, decided: [Int] = [], prompt: [Int] = [], isFinal: Bool = false,
        wantsAttention: Bool = false
    ) {
        self.mel = mel
        self.language = language
        self.decided = decided
        self.prompt = prompt
        self.isFinal = isFinal
        self.wantsAttention = wantsAttention
    }
}

/// Decodes utterances that are still being spoken; the engine, or a script in tests. One object serves one thread.
public protocol UtteranceDecoding: AnyObject {
    var melBins: Int { get }
    /// Mel frames, 10 ms each, of the longest window.
    var windowFrames: Int { get }
    /// Decided tokens that leave room for more; with these the window should be ended.
    var mostDecidedTokens: Int { get }

    /// Decodes the utterance so far.
    ///
    /// - Parameter shouldStop: asked between two tokens whether the result is wanted no more.
    /// - Throws: `RecognitionError`, `recognition.cancelled` when `shouldStop` said so or the task was cancelled.
    func decode(_ request: UtteranceRequest, shouldStop: () -> Bool) throws -> UtteranceHypothesis

    /// Times of the words of a text of the sound that was decoded last, in seconds from its start. Their tokens together
    /// are those of the text, as far as it could be aligned.
    func wordTimes(of tokens: [Int], language: String) throws -> [AlignedWord]
}

/// A word, with the punctuation that belongs to it, when it was said, and its tokens.
public struct AlignedWord: Sendable, Equatable {
    public var word: Word
    public var tokens: [Int]

    public init(word: Word, tokens: [Int]) {
        self.word = word
        self.tokens = tokens
    }
}
