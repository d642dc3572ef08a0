// Compiled together with the tokenizer's own files, since its parser is internal to Recognition.

/// Loads the input as tokenizer.json; with what loads, text is encoded and decoded, and comes back as it was when every
/// byte has a token.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTokenizer(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let source = try? VocabularySource(tokenizerJSON: input, "input"),
        let tokenizer = try? Tokenizer(source, file: "input")
    else { return 0 }
    let text = "Hello,  wörld's 12345 \u{1F600}<|endoftext|>"
    let tokens = tokenizer.encode(text)
    precondition(tokens.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize })
    _ = tokenizer.decode(tokens)
    _ = tokenizer.decodeWithTimestamps([-1, 0, tokenizer.vocabularySize, .max, tokenizer.special.timestampBegin])
    _ = tokenizer.nonSpeechTokens
    _ = tokenizer.splitToWordTokens(Array(tokens.prefix(32)), language: "en")
    return 0
}
