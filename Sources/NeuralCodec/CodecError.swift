/// What went wrong in a codec: opening its files, or the audio, codes or features that it was given.
///
/// `code` is stable and meant for programs; `message` says what was tried on what and what to do, and is meant for
/// people.
public struct CodecError: Error, Sendable, CustomStringConvertible {
    /// A dotted name, `codec.*`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// A file of the codec is missing or cannot be read.
        public static let unreadable = Self(rawValue: "codec.unreadable")
        /// A file of codes cannot be written.
        public static let unwritable = Self(rawValue: "codec.unwritable")
        /// A configuration with a wrong type or a value out of range.
        public static let configurationInvalid = Self(rawValue: "codec.configuration_invalid")
        /// A tensor is missing, or has another shape or type than it must have.
        public static let tensorInvalid = Self(rawValue: "codec.tensor_invalid")
        /// The file holds the vocoder only, and something else was asked for.
        public static let partMissing = Self(rawValue: "codec.part_missing")
        /// Features, codes or audio that do not suit this codec.
        public static let inputInvalid = Self(rawValue: "codec.input_invalid")
        /// A code stream that is damaged, or of a version that is not known.
        public static let streamInvalid = Self(rawValue: "codec.stream_invalid")
    }

    /// The stable name of the failure.
    public let code: Code
    /// What was tried on what, why it failed, and what to do.
    public let message: String
    /// The error of the layer below, if that is where it began.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        guard let cause else { return "\(code): \(message)" }
        return "\(code): \(message) (\(cause))"
    }
}
