internal import Glibc

/// What goes wrong with stored jobs.
public struct JobStoreError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for a kind of failure.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// There is no job of this number, or it belongs to somebody else.
        public static let unknown = Code(rawValue: "job.unknown")
        /// The job's state does not allow what was asked for.
        public static let wrongState = Code(rawValue: "job.wrong_state")
        /// The request names no file, or contradicts itself.
        public static let requestInvalid = Code(rawValue: "job.request_invalid")
        /// The recording is not the one that the job was added for.
        public static let sourceChanged = Code(rawValue: "job.source_changed")
        /// Other recordings' results have every name that this one's could have.
        public static let resultsInTheWay = Code(rawValue: "job.results_in_the_way")
        /// Every attempt at the same window ended this program.
        public static let crashedRepeatedly = Code(rawValue: "job.crashed_repeatedly")
        /// Another process works with the store.
        public static let locked = Code(rawValue: "storage.locked")
        /// The disk is full, or a limit on file sizes was reached.
        public static let full = Code(rawValue: "storage.full")
        /// The store was written by a newer version.
        public static let newerVersion = Code(rawValue: "storage.newer_version")
        /// The database is damaged, or the system refused to read or write it.
        public static let failed = Code(rawValue: "storage.failed")
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

    /// What the system refused just now, as `errno` has it.
    init(system what: String) {
        let number = errno
        self.init(
            [ENOSPC, EDQUOT].contains(number) ? .full : .failed,
            "Could not \(what): \(String(cString: strerror(number))).")
    }

    public var description: String {
        "\(message) [\(code.rawValue)]"
    }
}
