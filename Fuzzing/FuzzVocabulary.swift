// Compiled together with the tokenizer's own files, since its parser is internal to Recognition.

/// Loads the input as `vocab.json`, `merges.txt` and, if there is a third part, `added_tokens.json`, with a NUL between
/// them.
@_cdecl("fuzzOneInput")
public func fuzzVocabulary(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let parts = files(in: UnsafeRawBufferPointer(start: start, count: count), most: 3)
    guard parts.count > 1,
        let source = try? VocabularySource(
            vocabulary: parts[0], merges: parts[1], addedTokens: parts.count > 2 ? parts[2] : nil, directory: "input"),
        let tokenizer = try? Tokenizer(source, file: "input")
    else { return 0 }
    exercise(tokenizer)
    return 0
}
