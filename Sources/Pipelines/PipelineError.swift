/// What goes wrong between the parts of a flow; the parts' own errors (`AudioError`, `RecognitionError`) pass
/// unchanged.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for a kind of failure.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// A pipe brought more sound than is kept to normalise it as a whole.
        public static let recordingTooLong = Code(rawValue: "pipeline.recording_too_long")
        /// The folder for the results cannot be made or written to.
        public static let folderUnusable = Code(rawValue: "output.folder_unusable")
        /// Frames were asked for that had been released or were never loaded: a fault in this program.
        public static let framesUnavailable = Code(rawValue: "pipeline.frames_unavailable")
    }

    public let code: Code
    /// What was tried on what, and what to do about it.
    public let message: String
    /// The error below this one, where there was one.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        "\(message) [\(code.rawValue)]"
    }
}
