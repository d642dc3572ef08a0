/// What went wrong in marking sound or looking for marks.
///
/// `code` is stable and meant for programs; `message` says what was tried on what and what to do, and is meant for
/// people.
public struct WatermarkError: Error, Sendable, CustomStringConvertible {
    /// A dotted name, `watermark.*` or `claim.*`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// Sound of a sampling rate that cannot be marked or searched.
        public static let rateUnsupported = Self(rawValue: "watermark.rate_unsupported")
        /// This machine's marking key is missing and cannot be made, or others may read it.
        public static let keyUnavailable = Self(rawValue: "watermark.key_unavailable")
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
