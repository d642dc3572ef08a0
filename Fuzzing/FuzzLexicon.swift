/// Reads the input as a lexicon, and looks its own text up in it.
@_cdecl("fuzzOneInput")
public func fuzzLexicon(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    for language in ["en-us", "de"] {
        guard let lexicon = try? Lexicon(parsing: input, language: language) else { continue }
        precondition(lexicon.count <= Lexicon.mostEntries)
        let text = String(decoding: input, as: UTF8.self)
        var pieces = ""
        for piece in LexiconWords.pieces(of: text[...], lexicon) {
            switch piece {
            case .text(let part): pieces += part
            case .word(let part, let phonemes):
                precondition(!phonemes.isEmpty && phonemes.allSatisfy { !$0.symbol.isEmpty })
                pieces += part
            }
        }
        precondition(pieces == text, "cutting a text has changed it")
    }
    return 0
}
