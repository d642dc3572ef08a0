// Compiled together with the tokenizer's own files, since its parser is internal to Recognition.

/// Loads the input as `tokenizer.json`.
@_cdecl("fuzzOneInput")
public func fuzzTokenizer(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let source = try? VocabularySource(tokenizerJSON: input, "input"),
        let tokenizer = try? Tokenizer(source, file: "input")
    else { return 0 }
    exercise(tokenizer)
    return 0
}
