/// Reads the input as a lexicon, and looks its own text up in it.
@_cdecl("fuzzOneInput")
public func fuzzLexicon(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    for language in ["en-us", "de"] {
        guard let lexicon = try? Lexicon(parsing: input, language: language) else { continue }
        precondition(lexicon.count <= Lexicon.mostEntries)
        let text = String(decoding: input, as: UTF8.self)
        for pieces in [LexiconWords.pieces(of: text[...], lexicon), LexiconWords.symbolPieces(of: text[...], lexicon)] {
            var joined = ""
            for piece in pieces {
                switch piece {
                case .text(let part): joined += part
                case .word(let part, let phonemes):
                    precondition(!phonemes.isEmpty && phonemes.allSatisfy { !$0.symbol.isEmpty })
                    joined += part
                }
            }
            precondition(joined == text, "cutting a text has changed it")
        }
    }
    return 0
}
