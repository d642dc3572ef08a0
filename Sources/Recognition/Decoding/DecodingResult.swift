/// What was decoded from one window at one temperature.
struct DecodingResult: Sendable, Equatable {
    /// Sampled tokens, timestamps included, without `<|endoftext|>`.
    var tokens: [Int]
    /// Their text without timestamps and outer white space.
    var text: String
    /// Σ log p / (tokens + 1); the end of text counts where it was sampled.
    var averageLogProbability: Double
    /// Probability of `<|nospeech|>` at `<|startoftranscript|>`.
    var noSpeechProbability: Double
    var temperature: Double
    /// Of `text`; see `CompressionRatio`.
    var compressionRatio: Double
    /// Spelling head and language model took part: the decoder need not be sure of every token then.
    var isJoint = false
    /// Why there is no text, as a code; nil if the window was decoded to its end.
    var problem: String?
}

/// A window to decode: which one, and what precedes it.
struct DecodingRequest: Sendable, Equatable {
    /// Index of the encoded window.
    var window: Int
    /// Language code of the start sequence; ignored by English-only vocabularies.
    var language: String
    /// Tokens of the previous text.
    var prompt: [Int] = []
    /// Tokens that the window's own text begins with, after those of the options: what has been decided already.
    var decided: [Int] = []
    /// What all that is decoded with it may cost together; nil for any price.
    var budget: WindowBudget?
    /// Start of the random numbers for sampling. Equal seeds give equal samples, whatever else is in the batch.
    var seed: UInt64 = 0
}
