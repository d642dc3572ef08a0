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
        /// Whether transcripts are given out while their sound arrives.
        public var isStreaming = true
        /// Path of a Unix socket that is Wyoming's microphone; nil for none.
        public var microphoneSocket: String?
        /// Path of a Unix socket that is Wyoming's loudspeaker; nil for none.
        public var loudspeakerSocket: String?
    }

    public struct HTTP: Sendable, Equatable {
        /// Such as `127.0.0.1:10301`; nil for none.
        public var tcp: String?
        /// Path of a Unix socket; nil for none.
        public var socket: String?
        /// A file that holds the key which clients must send; nil for none.
        public var tokenFile: String?
        /// Names besides this machine's own by which clients may address the port, separated by commas.
        public var hosts: String?
        /// Bytes of a request's header.
        public var headerBytes = 32 << 10
        /// Bytes of a request's body.
        public var bodyBytes = 1 << 30
    }

    public struct Dictation: Sendable, Equatable {
        /// ALSA's name of the microphone; nil for `default`.
        public var device: String?
        /// Who may open it: `none`, `own` (the user that the daemon runs as, and root), `seat` (they, and whose session
        /// is in front on seat0) or `any` user of the socket.
        public var access = "seat"
        /// Decibels that are added to what it gives.
        public var gain = 0
        /// Decibels that steady noise is lowered by.
        public var noiseSuppression = 0
        /// Whether what the daemon's own loudspeaker plays is left out.
        public var cancelsEcho = true
        /// What speech does to what is read aloud: `stop`, `pause` (until it ends) or `off`.
        public var bargeIn = "stop"
    }

    public struct Speech: Sendable, Equatable {
        /// ALSA's name of the loudspeaker; nil for `default`.
        public var device: String?
        /// Who may have something read aloud on it: `none`, `own`, `seat` or `any`, as for ``Dictation/access``.
        public var access = "own"
        /// Texts that may wait for it.
        public var waiting = 100
    }

    public struct Consent: Sendable, Equatable {
        /// Who may have voices copied: `none`, `own`, `seat` or `any`, as for ``Dictation/access``.
        public var access = "own"
        /// Folder of the keys that voices are sealed with; nil for the usual one.
        public var keysDirectory: String?
        /// How people call this machine, in the phrase that is read; nil for its host name.
        public var host: String?
    }

    public struct Jobs: Sendable, Equatable {
        /// Attempts at a window that crash, or fail in a way that may pass, before its job has failed.
        public var attempts = 3
        /// Days that jobs are kept after their end; 0 is for ever.
        public var keepDays = 0
        /// Folders whose recordings become jobs.
        public var watched: [String] = []
        /// Folder for the results of these; nil for that of the recording.
        public var output: String?
        /// Forms of the results.
        public var formats = ["txt"]
        /// The model that transcribes them; nil for the default one.
        public var model: String?
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
    public var http = HTTP()
    public var engine = EngineHost.Settings()
    public var dictation = Dictation()
    public var speech = Speech()
    public var consent = Consent()
    public var jobs = Jobs()
    public var work = Work()
    public var limits = Limits()
    public var timeouts = Timeouts()
    public var log = Log()
    /// Where sound is spooled and state is kept; nil for `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/hearsay`.
    public var stateDirectory: String?

    public init() {}
}

extension DaemonConfiguration {
    /// What is no mistake, and may surprise.
    public var remarks: [String] {
        guard limits.textBytes > limits.wire.data else { return [] }
        return [
            "limits.text_bytes is more than limits.data_bytes, \(limits.wire.data): a text in one event (synthesize, "
                + "hearsay-read) can have that many bytes at most, and only one in several events more"
        ]
    }
}
