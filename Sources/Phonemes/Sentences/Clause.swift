/// The punctuation mark that ends a clause, which sets the pause and the intonation before it.
public enum ClauseTerminator: String, Sendable, CaseIterable {
    case comma = ","
    case semicolon = ";"
    case colon = ":"
    case dash = "-"
    case period = "."
    case question = "?"
    case exclamation = "!"
    case ellipsis = "…"
    /// No mark at all.
    case none = ""
}

/// A stretch of a sentence that is spoken without a pause.
public struct Clause: Sendable, Hashable {
    /// The words, without quotation marks, brackets or the mark that ends the clause.
    public var text: String
    /// The mark that ends the clause.
    public var terminator: ClauseTerminator

    public init(text: String, terminator: ClauseTerminator) {
        self.text = text
        self.terminator = terminator
    }
}

extension SentenceSplitter {
    /// Characters of a clause after which a reader must breathe: the clause is cut there at a space.
    static let longestClause = 250

    /// The clauses of a sentence in order; none where it holds nothing that can be spoken.
    ///
    /// The sentence is best normalised before (``TextNormalizer/normalize(_:)``). Brackets become pauses, quotation
    /// marks go, and full stops of abbreviations go too. Otherwise the clauses hold the characters of the sentence in
    /// their order.
    public func clauses(of sentence: Substring) -> [Clause] {
        var reader = ClauseReader(Array(sentence.unicodeScalars), rules: rules, greek: language.hasPrefix("el"))
        return reader.read()
    }

    /// The clauses of a sentence in order.
    public func clauses(of sentence: String) -> [Clause] {
        clauses(of: sentence[...])
    }
}
