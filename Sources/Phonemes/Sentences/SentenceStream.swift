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
        pending.append(contentsOf: text.unicodeScalars)
        return take(isFinal: false)
    }

    /// Returns what is left; the stream is empty afterwards and may be used again.
    public mutating func finish() -> [String] {
        defer { pending = [] }
        return take(isFinal: true)
    }

    private mutating func take(isFinal: Bool) -> [String] {
        let (ranges, rest) = splitter.ranges(in: pending, isFinal: isFinal)
        let sentences = ranges.map { String(scalars: pending[$0]) }
        pending.removeFirst(rest)
        return sentences
    }
}
