public import StrictJSON

/// Asks for the transcript of a recording whose bytes follow, as they lie in its file.
public struct TranscribeFile: WireMessage {
    public static let type = "hearsay-transcribe-file"
    /// A model's name; nil for the default one.
    public var model: String?
    /// What the recording is called, for messages and nothing else.
    public var name: String?
    /// How to transcribe; missing options have their defaults.
    public var options: JSONObject
    /// What the bytes are, if they are samples without any header: interleaved PCM.
    public var rawFormat: RawFormat?
    /// Only the parts with speech are transcribed.
    public var skipsSilence = false

    /// Samples without a header.
    public struct RawFormat: Sendable, Equatable {
        /// Hz.
        public var rate: Int
        public var channels: Int
        /// Such as `s16le`.
        public var encoding: String

        public init(rate: Int, channels: Int, encoding: String) {
            self.rate = rate
            self.channels = channels
            self.encoding = encoding
        }
    }

    public init(model: String? = nil, name: String? = nil, options: JSONObject = [:], rawFormat: RawFormat? = nil) {
        self.model = model
        self.name = name
        self.options = options
        self.rawFormat = rawFormat
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        model = try fields.string("model")
        name = try fields.string("name")
        options = try fields.object("options") ?? [:]
        skipsSilence = try fields.bool("vad") ?? false
        if let raw = try fields.object("raw") {
            let fields = Fields(WireEvent("raw", data: raw))
            rawFormat = RawFormat(
                rate: try fields.requiredInteger("rate"), channels: try fields.requiredInteger("channels"),
                encoding: try fields.requiredString("encoding"))
        }
    }

    public var event: WireEvent {
        let raw = rawFormat.map { raw in
            JSONValue.object([
                "rate": .integer(raw.rate), "channels": .integer(raw.channels), "encoding": .string(raw.encoding),
            ])
        }
        let data = JSONObject([("options", .object(options))])
            .with("model", model.map { .string($0) }).with("name", name.map { .string($0) }).with("raw", raw)
            .with("vad", skipsSilence ? .bool(true) : nil)
        return WireEvent(Self.type, data: data)
    }
}

/// More bytes of the recording: the payload.
public struct FileChunk: WireMessage {
    public static let type = "hearsay-file-chunk"
    public var bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ event: WireEvent) throws(WireError) {
        bytes = event.payload
    }

    public var event: WireEvent { WireEvent(Self.type, payload: bytes) }
}

/// The recording is complete.
public struct FileEnd: EmptyWireMessage {
    public static let type = "hearsay-file-end"

    public init() {}
}

/// How far a transcription has come.
public struct TranscriptionProgressReport: WireMessage {
    public static let type = "hearsay-progress"
    /// `reading` in the first pass over the recording, `transcribing` after it.
    public var stage: String
    /// Seconds of the recording that are done.
    public var seconds: Double
    /// Length of the recording in seconds, if it is known.
    public var totalSeconds: Double?

    public init(stage: String, seconds: Double, totalSeconds: Double?) {
        self.stage = stage
        self.seconds = seconds
        self.totalSeconds = totalSeconds
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        stage = try fields.requiredString("stage")
        seconds = try fields.double("seconds") ?? 0
        totalSeconds = try fields.double("total_seconds")
    }

    public var event: WireEvent {
        let data: JSONObject = [
            "stage": .string(stage), "seconds": .number(seconds),
            "total_seconds": totalSeconds.map { .number($0) } ?? .null,
        ]
        return WireEvent(Self.type, data: data)
    }
}

/// The language that was detected, and its probability.
public struct LanguageReport: WireMessage {
    public static let type = "hearsay-language"
    public var language: String
    public var probability: Double

    public init(language: String, probability: Double) {
        self.language = language
        self.probability = probability
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        language = try fields.requiredString("language")
        probability = try fields.double("probability") ?? 0
    }

    public var event: WireEvent {
        WireEvent(Self.type, data: ["language": .string(language), "probability": .number(probability)])
    }
}

/// Something that does not stop a request but may explain its result.
public struct WarningReport: WireMessage {
    public static let type = "hearsay-warning"
    public var text: String

    public init(text: String) {
        self.text = text
    }

    public init(_ event: WireEvent) throws(WireError) {
        text = try Fields(event).requiredString("text")
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["text": .string(text)]) }
}

/// The next segment of a transcript, final.
public struct SegmentReport: WireMessage {
    public static let type = "hearsay-segment"
    public var segment: JSONObject

    public init(segment: JSONObject) {
        self.segment = segment
    }

    public init(_ event: WireEvent) throws(WireError) {
        segment = try Fields(event).object("segment") ?? [:]
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["segment": .object(segment)]) }
}

/// The transcript is complete; its segments were sent one by one.
public struct TranscriptEnd: WireMessage {
    public static let type = "hearsay-transcript-end"
    /// `transcribe` or `translate`.
    public var task: String
    public var language: String
    /// Length of the recording in seconds.
    public var duration: Double
    /// The whole text.
    public var text: String

    public init(task: String, language: String, duration: Double, text: String) {
        self.task = task
        self.language = language
        self.duration = duration
        self.text = text
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        task = try fields.requiredString("task")
        language = try fields.requiredString("language")
        duration = try fields.double("duration") ?? 0
        text = try fields.string("text") ?? ""
    }

    public var event: WireEvent {
        let data: JSONObject = [
            "task": .string(task), "language": .string(language), "duration": .number(duration), "text": .string(text),
        ]
        return WireEvent(Self.type, data: data)
    }
}
