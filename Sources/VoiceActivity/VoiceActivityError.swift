/// What went wrong in opening a voice-activity model; listening itself cannot fail.
public struct VoiceActivityError: Error, Sendable, CustomStringConvertible {
    /// A dotted name, `voice_activity.*`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// A file of the model is missing or cannot be read.
        public static let unreadable = Self(rawValue: "voice_activity.unreadable")
        /// A configuration with a wrong type, an unknown version or a value out of range.
        public static let configurationInvalid = Self(rawValue: "voice_activity.configuration_invalid")
        /// A tensor is missing, or has another shape or type than it must have.
        public static let tensorInvalid = Self(rawValue: "voice_activity.tensor_invalid")
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
