/// What goes wrong with speaker embeddings.
public struct SpeakerIdentityError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for a kind of failure.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The system does not keep memory out of swap files and dumps.
        public static let memoryNotLocked = Code(rawValue: "speaker.memory_not_locked")
        /// Numbers that are none, or none at all, or too many.
        public static let embeddingInvalid = Code(rawValue: "speaker.embedding_invalid")
        /// Two embeddings come from different encoders.
        public static let modelMismatch = Code(rawValue: "speaker.model_mismatch")
        /// What is sealed was sealed with another key, or for another record, or was changed.
        public static let sealInvalid = Code(rawValue: "speaker.seal_invalid")
    }

    public let code: Code
    /// What was tried on what, and what to do about it.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(message) [\(code.rawValue)]" }
}
