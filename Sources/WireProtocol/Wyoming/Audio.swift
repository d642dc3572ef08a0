internal import StrictJSON

/// What the PCM of audio events is: interleaved, little-endian; signed, but for one byte a sample, which is unsigned as
/// in WAV files.
public struct WireAudioFormat: Sendable, Equatable {
    /// Hz.
    public var rate: Int
    /// Bytes of a sample.
    public var width: Int
    public var channels: Int

    public init(rate: Int, width: Int, channels: Int) {
        self.rate = rate
        self.width = width
        self.channels = channels
    }

    public var bytesPerFrame: Int { width * channels }

    fileprivate init(_ fields: Fields) throws(WireError) {
        rate = try fields.requiredInteger("rate")
        width = try fields.requiredInteger("width")
        channels = try fields.requiredInteger("channels")
        guard (4_000...384_000).contains(rate) else { throw fields.invalid("rate", "4000 … 384000 Hz") }
        guard (1...4).contains(width) else { throw fields.invalid("width", "1 … 4 bytes") }
        guard (1...64).contains(channels) else { throw fields.invalid("channels", "1 … 64") }
    }

    var data: JSONObject {
        ["rate": .integer(rate), "width": .integer(width), "channels": .integer(channels)]
    }

    fileprivate func data(timestamp: Int?) -> JSONObject { data.with("timestamp", .orNull(timestamp)) }
}

/// Sound begins.
public struct AudioStart: WireMessage {
    public static let type = "audio-start"
    public var format: WireAudioFormat
    /// Milliseconds for most, nanoseconds for some: a hint.
    public var timestamp: Int?
    /// hearsay's own: whether no person ever said what follows. Programs that do not know it pass over it.
    public var isSynthetic: Bool

    public init(format: WireAudioFormat, timestamp: Int? = nil, isSynthetic: Bool = false) {
        self.format = format
        self.timestamp = timestamp
        self.isSynthetic = isSynthetic
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        format = try WireAudioFormat(fields)
        timestamp = try fields.integer("timestamp")
        isSynthetic = event.data["synthetic"] == .bool(true)
    }

    public var event: WireEvent {
        let data = format.data(timestamp: timestamp)
        return WireEvent(Self.type, data: isSynthetic ? data.with("synthetic", .bool(true)) : data)
    }
}

/// A piece of sound.
public struct AudioChunk: WireMessage {
    public static let type = "audio-chunk"
    public var format: WireAudioFormat
    /// Whole frames.
    public var audio: [UInt8]
    public var timestamp: Int?

    public init(format: WireAudioFormat, audio: [UInt8], timestamp: Int? = nil) {
        self.format = format
        self.audio = audio
        self.timestamp = timestamp
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        format = try WireAudioFormat(fields)
        timestamp = try fields.integer("timestamp")
        audio = event.payload
        guard audio.count % format.bytesPerFrame == 0 else {
            throw WireError(
                .fieldInvalid,
                "an audio-chunk of \(audio.count) bytes is no number of frames of \(format.bytesPerFrame) bytes")
        }
    }

    public var event: WireEvent { WireEvent(Self.type, data: format.data(timestamp: timestamp), payload: audio) }
}

/// Sound is over.
public struct AudioStop: WireMessage {
    public static let type = "audio-stop"
    public var timestamp: Int?

    public init(timestamp: Int? = nil) {
        self.timestamp = timestamp
    }

    public init(_ event: WireEvent) throws(WireError) {
        timestamp = try Fields(event).integer("timestamp")
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["timestamp": .orNull(timestamp)]) }
}

/// What was sent has been heard.
public struct Played: EmptyWireMessage {
    public static let type = "played"

    public init() {}
}
