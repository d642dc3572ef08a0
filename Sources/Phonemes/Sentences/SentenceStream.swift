/// Cuts text that arrives in pieces into sentences, each handed out as soon as it is certain where it ends.
///
/// The pieces may be cut anywhere; the sentences are those that ``SentenceSplitter/split(_:)`` finds in the whole text.
public struct SentenceStream: Sendable {
    private let splitter: SentenceSplitter
    /// The sentence that has not ended yet: never much longer than the longest one.
    private var pending: [Unicode.Scalar] = []

    public init(splitter: SentenceSplitter) {
        self.splitter = splitter
    }

    /// Adds `text` and returns the sentences that are complete now.
    public mutating func append(_ text: String) -> [String] {
        appendParts(text).map(\.text)
    }

    /// Returns what is left; the stream is empty afterwards and may be used again.
    public mutating func finish() -> [String] {
        finishParts().map(\.text)
    }

    /// A sentence, and whether an empty line follows it.
    struct Part: Equatable {
        var text: String
        var endsParagraph: Bool
    }

    mutating func appendParts(_ text: String) -> [Part] {
        pending.append(contentsOf: text.unicodeScalars)
        return take(isFinal: false)
    }

    mutating func finishParts() -> [Part] {
        defer { pending = [] }
        return take(isFinal: true)
    }

    private mutating func take(isFinal: Bool) -> [Part] {
        let (ranges, rest) = splitter.ranges(in: pending, isFinal: isFinal)
        let parts = ranges.map { range in
            let blanks = pending[range.upperBound...].prefix(while: \.isBlank)
            let lines = blanks.reduce(0) { $0 + ($1 == "\n" ? 1 : $1 == "\u{2029}" ? 2 : 0) }
            return Part(text: String(scalars: pending[range]), endsParagraph: lines > 1)
        }
        pending.removeFirst(rest)
        return parts
    }
}
