/// The text so far, and how much of it the next window is conditioned on.
struct PromptHistory: Sendable {
    private let initialPrompt: [Int]
    private let carriesInitialPrompt: Bool
    private let conditionsOnPreviousText: Bool
    private let remainingLength: Int
    private var tokens: [Int]
    /// Tokens before this one, the initial prompt being the first, are no condition for the next window.
    private(set) var resetSince: Int

    /// - Parameters:
    ///   - initialPrompt: tokens given before the first window.
    ///   - carriesInitialPrompt: whether they are given before every window.
    ///   - textContext: the decoder's longest sequence; the prompt may take half of it, less one.
    ///   - checkpoint: the text so far, where a transcription goes on.
    init(
        initialPrompt: [Int], carriesInitialPrompt: Bool, conditionsOnPreviousText: Bool, textContext: Int,
        checkpoint: TranscriptionCheckpoint? = nil
    ) {
        self.initialPrompt = initialPrompt
        self.carriesInitialPrompt = carriesInitialPrompt
        self.conditionsOnPreviousText = conditionsOnPreviousText
        remainingLength = textContext / 2 - 1 - initialPrompt.count
        tokens = initialPrompt + (checkpoint?.tokens ?? [])
        resetSince = min(checkpoint?.cursor.promptStart ?? 0, tokens.count)
    }

    /// Prompt of the next window; `InitialTokens` cuts it to its last tokens.
    var prompt: [Int] {
        guard carriesInitialPrompt else { return Array(tokens[resetSince...]) }
        let remaining = Array(tokens[max(initialPrompt.count, resetSince)...])
        return initialPrompt + remaining.suffixAsReference(remainingLength)
    }

    /// All tokens of the transcript, without the initial prompt.
    var transcript: ArraySlice<Int> { tokens[initialPrompt.count...] }

    /// Adds a window's tokens. A text that was sampled at a high temperature is no condition for the next.
    mutating func append(_ windowTokens: [Int], temperature: Double) {
        tokens += windowTokens
        if !conditionsOnPreviousText || temperature > 0.5 {
            resetSince = tokens.count
        }
    }
}
