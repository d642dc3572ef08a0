/// What went wrong in the recogniser: opening a model, tokenising, decoding or writing a transcript.
///
/// `code` is stable and meant for programs; `message` says what was tried on what and what to do, and is meant for
/// people. New codes are added as static members in an extension beside the code that throws them.
public struct RecognitionError: Error, Sendable, CustomStringConvertible {
    /// A dotted name: `recognition.*`, `tokenizer.*` or `model.*`.
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

extension RecognitionError.Code {
    /// The task was cancelled between two tokens; what was transcribed until then has been delivered.
    public static let cancelled = Self(rawValue: "recognition.cancelled")
    /// A window took more than ``TranscriptionOptions/windowBudget`` allows; the windows after it are transcribed.
    public static let windowGaveUp = Self(rawValue: "transcribe.window_gave_up")
    /// An option has a value outside its range, or contradicts another option or the model.
    public static let optionInvalid = Self(rawValue: "recognition.option_invalid")
    /// A language that neither the table of languages nor the model's vocabulary knows.
    public static let languageUnsupported = Self(rawValue: "recognition.language_unsupported")

    /// A model or one of its files is missing or cannot be read.
    public static let modelUnreadable = Self(rawValue: "model.unreadable")
    /// A model's configuration has a missing field, a wrong type or a value out of range.
    public static let modelConfigurationInvalid = Self(rawValue: "model.configuration_invalid")
    /// A tensor that the architecture needs is missing, or has another shape or element type than it must have.
    public static let modelTensorInvalid = Self(rawValue: "model.tensor_invalid")
    /// The path holds something that is no model format known here.
    public static let modelFormatUnsupported = Self(rawValue: "model.format_unsupported")
}
