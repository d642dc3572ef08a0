/// What went wrong while a model was looked up, downloaded or checked.
public struct ModelStoreError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for one kind of fault.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// No catalogue entry, no installed model and no path of this name.
        public static let unknownModel = Self(rawValue: "store.model_unknown")
        /// No model was named, and which one is meant cannot be told.
        public static let modelUnspecified = Self(rawValue: "store.model_unspecified")
        /// A file name, repository or address that is not acceptable.
        public static let nameInvalid = Self(rawValue: "store.name_invalid")
        /// The model is there already.
        public static let alreadyInstalled = Self(rawValue: "store.already_installed")
        /// The host could not be reached.
        public static let unreachable = Self(rawValue: "store.unreachable")
        /// The transfer broke off; what arrived is kept for the next attempt.
        public static let interrupted = Self(rawValue: "store.interrupted")
        /// The server answered with a status that is no success.
        public static let httpStatus = Self(rawValue: "store.http_status")
        /// The server's certificate was refused, or the library for downloads is missing or failed.
        public static let transport = Self(rawValue: "store.transport")
        /// What arrived is not what was promised: its size or digest differs.
        public static let digestMismatch = Self(rawValue: "store.digest_mismatch")
        /// The remote model's index of shards is not acceptable.
        public static let indexInvalid = Self(rawValue: "store.index_invalid")
        /// A file operation failed.
        public static let fileSystem = Self(rawValue: "store.file_system")
        /// The disk has too little room.
        public static let noSpace = Self(rawValue: "store.no_space")
        /// The caller asked to stop.
        public static let cancelled = Self(rawValue: "store.cancelled")
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
