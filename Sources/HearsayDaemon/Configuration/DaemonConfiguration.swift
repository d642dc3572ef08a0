public import WireProtocol

/// Everything that can be set, with its defaults. `Config/hearsayd.toml` explains each.
public struct DaemonConfiguration: Sendable, Equatable {
    /// Whose connections are served.
    public enum Access: String, Sendable, CaseIterable {
        /// Those of the user that the daemon runs as, and root's.
        case own
        /// Those of everybody whom the socket's permissions let in.
        case any
    }

    public struct Socket: Sendable, Equatable {
        /// Nil for `$XDG_RUNTIME_DIR/hearsay/hearsay.sock`, or `/run/hearsay/hearsay.sock` for a system service.
        public var path: String?
        public var access = Access.own
        /// Permissions of the socket.
        public var mode = 0o600
    }

    public struct Wyoming: Sendable, Equatable {
        /// Such as `127.0.0.1:10300`; nil for none.
        public var tcp: String?
    }

    public struct Dictation: Sendable, Equatable {
        /// ALSA's name of the microphone; nil for `default`.
        public var device: String?
        /// Who may open it: `none`, `own` (the user that the daemon runs as, and root) or `any` user of the socket.
        public var access = "own"
    }

    public struct Work: Sendable, Equatable {
        /// Works that compute at the same time.
        public var slots = 1
        /// Works that may wait for their turn.
        public var waiting = 256
    }

    public struct Limits: Sendable, Equatable {
        public var wire = WireLimits()
        /// Connections together.
        public var connections = 1_024
        /// Connections of one user other than root.
        public var connectionsPerUser = 64
        /// Bytes of text in one request for speech.
        public var textBytes = 1 << 20
        /// Seconds of sound in one request.
        public var audioSeconds = 86_400
        /// Bytes on disk for sound that has arrived and is not transcribed yet, for one user.
        public var spoolBytes = 10 << 30
        /// Bytes that wait for a client to read them.
        public var outboundBytes = 4 << 20
    }

    public struct Timeouts: Sendable, Equatable {
        /// Seconds without a request after which a connection is closed; 0 for never.
        public var idle = 600
        /// Seconds in which a header must be complete, and in which a piece of an event must arrive.
        public var event = 10
        /// Seconds without reading after which a client that is being sent something is cut off.
        public var stalledWrite = 30
        /// Seconds that requests in progress have to end when the daemon stops.
        public var shutdown = 5
    }

    public struct Log: Sendable, Equatable {
        public var level = "info"
    }

    public var socket = Socket()
    public var wyoming = Wyoming()
    public var engine = EngineHost.Settings()
    public var dictation = Dictation()
    public var work = Work()
    public var limits = Limits()
    public var timeouts = Timeouts()
    public var log = Log()
    /// Where sound is spooled and state is kept; nil for `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/hearsay`.
    public var stateDirectory: String?

    public init() {}
}
