/// What goes wrong in the daemon itself; the errors of engines, models and sound pass unchanged and are mapped to wire
/// codes in ``WireFailure``.
public struct DaemonError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for a kind of failure.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Too much waits already.
        public static let busy = Code(rawValue: "server.busy")
        /// The daemon is going down.
        public static let stopping = Code(rawValue: "server.stopping")
        /// More connections than are allowed, together or of one user.
        public static let tooManyConnections = Code(rawValue: "server.too_many_connections")
        /// The peer may not do this.
        public static let forbidden = Code(rawValue: "server.forbidden")
        /// A part of the daemon broke: a fault in this program.
        public static let broken = Code(rawValue: "server.internal")
        /// The socket cannot be made or used.
        public static let socketUnusable = Code(rawValue: "server.socket_unusable")
        /// Loading it would take more memory than the daemon may use.
        public static let memoryCeiling = Code(rawValue: "engine.memory_ceiling")
        /// The system gave no threads.
        public static let noThreads = Code(rawValue: "engine.no_threads")
        /// The configuration is malformed.
        public static let configurationInvalid = Code(rawValue: "config.invalid")
        /// The configuration cannot be read.
        public static let configurationUnreadable = Code(rawValue: "config.unreadable")
        /// The disk is full or refuses to store.
        public static let storageFull = Code(rawValue: "storage.full")
        public static let storageFailed = Code(rawValue: "storage.failed")
        /// More text than one request may bring.
        public static let textTooLong = Code(rawValue: "speech.text_too_long")
        /// More sound than one request may bring.
        public static let audioTooLong = Code(rawValue: "audio.too_long")
        /// The format of sound changes in the middle of it.
        public static let audioFormatChanged = Code(rawValue: "audio.format_changed")
        /// The client does not read what it is sent.
        public static let clientTooSlow = Code(rawValue: "client.too_slow")
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

    public var description: String { "\(message) [\(code.rawValue)]" }
}
