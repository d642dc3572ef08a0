/// Encodes, decodes and splits with a tokenizer that was made of an input.
func exercise(_ tokenizer: Tokenizer) {
    let text = "Hello,  wörld's 12345 \u{1F600}<|endoftext|>"
    let tokens = tokenizer.encode(text)
    precondition(tokens.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize })
    _ = tokenizer.decode(tokens)
    _ = tokenizer.decodeWithTimestamps([-1, 0, tokenizer.vocabularySize, .max, tokenizer.special.timestampBegin])
    _ = tokenizer.nonSpeechTokens
    _ = tokenizer.splitToWordTokens(Array(tokens.prefix(32)), language: "en")
}
