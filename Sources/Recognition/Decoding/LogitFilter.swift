/// A rule that makes some tokens impossible before one is chosen.
protocol LogitFilter: Sendable {
    /// Masks entries of `logits` `[vocabularySize]` with −∞. `sampled` is what this sequence has sampled so far,
    /// without prompt, start tokens and prefix.
    func apply(to logits: LogitsRow, sampled: [Int])
}

/// Forbids a blank (" ") and the end of text as the first sampled token.
struct SuppressBlank: LogitFilter {
    /// The tokens of " " and `<|endoftext|>`.
    let tokens: [Int]

    func apply(to logits: LogitsRow, sampled: [Int]) {
        guard sampled.isEmpty else { return }
        LogitOperations.mask(logits, tokens: tokens)
    }
}

/// Timestamps are no part of a text that is to have none. A decoder alone hardly writes them after
/// `<|notimestamps|>`; a search that gives tokens of text a price of their own finds them cheap.
struct SuppressTimestamps: LogitFilter {
    let timestampBegin: Int

    func apply(to logits: LogitsRow, sampled: [Int]) {
        LogitOperations.mask(logits, in: min(timestampBegin, logits.count)..<logits.count)
    }
}

/// Forbids a list of tokens everywhere.
struct SuppressTokens: LogitFilter {
    let tokens: [Int]

    func apply(to logits: LogitsRow, sampled: [Int]) {
        LogitOperations.mask(logits, tokens: tokens)
    }

    /// The list that an option stands for: −1 in it means the vocabulary's non-speech tokens; the task tokens,
    /// `<|startoftranscript|>`, `<|startofprev|>`, `<|startoflm|>` and `<|nospeech|>` are always added.
    ///
    /// An empty option means no rule at all, special tokens included, as in the reference.
    static func list(_ option: [Int], vocabulary: some DecodingVocabulary) -> [Int] {
        guard !option.isEmpty else { return [] }
        let special = vocabulary.special
        var tokens = Set(option)
        if tokens.contains(-1) {
            tokens = tokens.filter { $0 >= 0 }.union(vocabulary.nonSpeechTokens)
        }
        tokens.formUnion([
            special.transcribe, special.translate, special.startOfTranscript, special.startOfPrev, special.startOfLM,
            special.noSpeech,
        ])
        return tokens.sorted()
    }
}
