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
    /// The clauses of a sentence in order; none where it holds nothing that can be spoken.
    public func clauses(of sentence: Substring) -> [Clause] {
        [Clause(text: String(sentence), terminator: .none)]
    }
}
