/// What goes wrong with speaker encoders and their embeddings.
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
        /// A file of an encoder is missing or cannot be read.
        public static let modelUnreadable = Code(rawValue: "speaker.model_unreadable")
        /// An encoder's configuration or weights are not what they must be.
        public static let modelInvalid = Code(rawValue: "speaker.model_invalid")
        /// A recording that is none, or is longer than encoders take.
        public static let audioInvalid = Code(rawValue: "speaker.audio_invalid")
        /// A recording with less speech than a voice can be told by.
        public static let speechTooShort = Code(rawValue: "speaker.speech_too_short")
    }

    public let code: Code
    /// What was tried on what, and what to do about it.
    public let message: String
    /// The error of the layer below, if that is where it began.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        "\(message)\(cause.map { " (\($0))" } ?? "") [\(code.rawValue)]"
    }
}
