/// What went wrong between a voice's files and its sound.
///
/// `code` is stable and meant for programs; `message` says what was tried on what and what to do, and is meant for
/// people. New codes are added as static members in an extension beside the code that throws them.
public struct SynthesisError: Error, Sendable, CustomStringConvertible {
    /// A dotted name: `speech.*` or `voice.*`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }
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

extension SynthesisError.Code {
    /// An option has a value outside its range.
    public static let optionInvalid = Self(rawValue: "speech.option_invalid")
    /// The voice has no speaker of that name or number.
    public static let speakerUnknown = Self(rawValue: "speech.speaker_unknown")
    /// One sentence would become more sound than any sentence may.
    public static let sentenceTooLong = Self(rawValue: "speech.sentence_too_long")

    /// A voice or one of its files is missing or cannot be read.
    public static let voiceUnreadable = Self(rawValue: "voice.unreadable")
    /// The path holds something that is no voice known here.
    public static let voiceFormatUnsupported = Self(rawValue: "voice.format_unsupported")
    /// A voice's description has a missing field, a wrong type or a value out of range.
    public static let voiceConfigurationInvalid = Self(rawValue: "voice.configuration_invalid")
    /// A tensor that the voice needs is missing, or has another shape or element type than it must have.
    public static let voiceTensorInvalid = Self(rawValue: "voice.tensor_invalid")
}
