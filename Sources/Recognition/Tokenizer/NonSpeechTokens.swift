extension Tokenizer {
    /// Tokens that are suppressed so that the decoder writes no speaker tags, notes or other marks of what was not
    /// said, such as `♪♪♪`, `( SPEAKING FOREIGN LANGUAGE )` or `[DAVID] Hey there`; usual punctuation stays.
    ///
    /// The reference's list, derived from this vocabulary; in ascending order.
    public var nonSpeechTokens: [Int] {
        // A hyphen or an apostrophe may stand inside a word, but not begin one.
        var result = Set([" -", " '"].compactMap { encode($0).first })
        for symbol in Self.annotationSymbols {
            for tokens in [encode(symbol), encode(" " + symbol)] where tokens.count == 1 {
                result.formUnion(tokens)
            }
        }
        // These lie in U+2640…U+267F and share their first two bytes with other symbols that are no speech either, so
        // the first token may go even if there are more.
        for symbol in Self.musicalSymbols {
            result.formUnion([encode(symbol), encode(" " + symbol)].compactMap(\.first))
        }
        return result.sorted()
    }

    private static let musicalSymbols = ["♩", "♪", "♫", "♬", "♭", "♮", "♯"]

    private static let annotationSymbols =
        ##""#()*+/:;<=>@[\]^_`{|}~「」『』"##.unicodeScalars.map { String($0) } + [
            "<<", ">>", "<<<", ">>>", "--", "---", "-(", "-[", "('", "(\"", "((", "))", "(((", ")))", "[[", "]]", "{{",
            "}}", "♪♪", "♪♪♪",
        ]
}
