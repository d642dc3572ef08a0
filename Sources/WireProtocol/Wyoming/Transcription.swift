public import StrictJSON

/// Asks for the text of the sound that follows.
public struct Transcribe: WireMessage {
    public static let type = "transcribe"
    /// A model's name, as `info` has it.
    public var name: String?
    /// A code such as `en`; nil to detect it.
    public var language: String?
    /// From an earlier answer; passed back.
    public var context: JSONObject?
    public var voiceActivitySensitivity: String?
    /// Names that are likely to be spoken.
    public var names: [String]?
    /// Terms that are likely to be spoken.
    public var terms: [String]?

    public init(name: String? = nil, language: String? = nil) {
        self.name = name
        self.language = language
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        name = try fields.string("name")
        language = try fields.string("language")
        context = try fields.object("context")
        voiceActivitySensitivity = try fields.string("vad_sensitivity")
        names = try fields.strings("transcript_names")
        terms = try fields.strings("transcript_terms")
    }

    public var event: WireEvent {
        let data = JSONObject()
            .with("name", name.map { .string($0) })
            .with("language", language.map { .string($0) })
            .with("context", context.map { .object($0) })
            .with("vad_sensitivity", voiceActivitySensitivity.map { .string($0) })
            .with("transcript_names", names.map { .array($0.map { .string($0) }) })
            .with("transcript_terms", terms.map { .array($0.map { .string($0) }) })
        return WireEvent(Self.type, data: data)
    }
}

/// The whole text.
public struct WireTranscript: WireMessage {
    public static let type = "transcript"
    public var text: String
    public var language: String?
    public var context: JSONObject?

    public init(text: String, language: String? = nil, context: JSONObject? = nil) {
        self.text = text
        self.language = language
        self.context = context
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        text = try fields.requiredString("text")
        language = try fields.string("language")
        context = try fields.object("context")
    }

    public var event: WireEvent {
        let data = JSONObject([("text", .string(text))])
            .with("language", language.map { .string($0) })
            .with("context", context.map { .object($0) })
        return WireEvent(Self.type, data: data)
    }
}

/// The text will come in chunks.
public struct TranscriptStart: WireMessage {
    public static let type = "transcript-start"
    public var language: String?
    public var context: JSONObject?

    public init(language: String? = nil, context: JSONObject? = nil) {
        self.language = language
        self.context = context
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        language = try fields.string("language")
        context = try fields.object("context")
    }

    public var event: WireEvent {
        let data = JSONObject()
            .with("language", language.map { .string($0) })
            .with("context", context.map { .object($0) })
        return WireEvent(Self.type, data: data)
    }
}

/// More text, which is never taken back.
public struct TranscriptChunk: WireMessage {
    public static let type = "transcript-chunk"
    public var text: String

    public init(text: String) {
        self.text = text
    }

    public init(_ event: WireEvent) throws(WireError) {
        text = try Fields(event).requiredString("text")
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["text": .string(text)]) }
}

/// The text is complete.
public struct TranscriptStop: EmptyWireMessage {
    public static let type = "transcript-stop"

    public init() {}
}

/// Somebody begins to speak.
public struct VoiceStarted: WireMessage {
    public static let type = "voice-started"
    /// Milliseconds from the start of the sound.
    public var timestamp: Int?

    public init(timestamp: Int?) {
        self.timestamp = timestamp
    }

    public init(_ event: WireEvent) throws(WireError) {
        timestamp = try Fields(event).integer("timestamp")
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["timestamp": .orNull(timestamp)]) }
}

/// Nobody speaks any more.
public struct VoiceStopped: WireMessage {
    public static let type = "voice-stopped"
    /// Milliseconds from the start of the sound.
    public var timestamp: Int?

    public init(timestamp: Int?) {
        self.timestamp = timestamp
    }

    public init(_ event: WireEvent) throws(WireError) {
        timestamp = try Fields(event).integer("timestamp")
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["timestamp": .orNull(timestamp)]) }
}
