public import StrictJSON

/// Which voice is meant: a name, else a language, else the default one.
public struct WireVoice: Sendable, Equatable {
    public var name: String?
    public var language: String?
    /// Of the voice that is meant; the reference's client names one only with a name.
    public var speaker: String?

    public init(name: String? = nil, language: String? = nil, speaker: String? = nil) {
        self.name = name
        self.language = language
        self.speaker = speaker
    }

    init?(_ fields: Fields) throws(WireError) {
        guard let object = try fields.object("voice") else { return nil }
        let voice = Fields(WireEvent("voice", data: object))
        name = try voice.string("name")
        language = try voice.string("language")
        speaker = try voice.string("speaker")
    }

    var data: JSONObject {
        if let name {
            return JSONObject([("name", .string(name))]).with("speaker", speaker.map { .string($0) })
        }
        return JSONObject().with("language", language.map { .string($0) }).with("speaker", speaker.map { .string($0) })
    }
}

/// How speech is to sound. hearsay's addition to `synthesize` and `synthesize-start`, which other servers ignore.
public struct WireProsody: Sendable, Equatable {
    /// Tempo; 2 is twice as fast.
    public var rate: Double?
    /// Semitones.
    public var pitch: Double?
    /// 0 is monotone, 1 the voice's own.
    public var pitchRange: Double?
    /// Decibels.
    public var volume: Double?
    public var seed: Int?
    /// Language of the text, as espeak-ng names it.
    public var language: String?
    /// Malformed SSML is read as plain text.
    public var isLenient: Bool?
    /// Whether `[[h@l'oU]]` in plain text is phonemes: for text whose author is the one who asks.
    public var allowsInlinePhonemes: Bool?
    /// Whether the answer has a ``SpeechMark`` for each mark of the text.
    public var wantsMarks: Bool?
    /// What the speech is for; a copied voice speaks for what its owner has allowed.
    public var purpose: String?

    public init() {}

    init(_ fields: Fields) throws(WireError) {
        rate = try fields.double("rate")
        pitch = try fields.double("pitch")
        pitchRange = try fields.double("pitch_range")
        volume = try fields.double("volume")
        seed = try fields.integer("seed")
        language = try fields.string("text_language")
        isLenient = try fields.bool("lenient")
        allowsInlinePhonemes = try fields.bool("inline_phonemes")
        wantsMarks = try fields.bool("marks")
        purpose = try fields.string("purpose")
    }

    func add(to data: JSONObject) -> JSONObject {
        data.with("rate", rate.map { .number($0) }).with("pitch", pitch.map { .number($0) })
            .with("pitch_range", pitchRange.map { .number($0) }).with("volume", volume.map { .number($0) })
            .with("seed", seed.map { .integer($0) }).with("text_language", language.map { .string($0) })
            .with("lenient", isLenient.map { .bool($0) })
            .with("inline_phonemes", allowsInlinePhonemes.map { .bool($0) })
            .with("marks", wantsMarks.map { .bool($0) }).with("purpose", purpose.map { .string($0) })
    }
}

/// Asks for a text as sound.
public struct Synthesize: WireMessage {
    public static let type = "synthesize"
    public var text: String
    public var voice: WireVoice?
    /// `text` or `ssml`; anything else is plain text.
    public var textFormat: String?
    public var context: JSONObject?
    public var prosody = WireProsody()

    public init(text: String, voice: WireVoice? = nil, textFormat: String? = nil) {
        self.text = text
        self.voice = voice
        self.textFormat = textFormat
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        text = try fields.requiredString("text")
        voice = try WireVoice(fields)
        textFormat = try fields.string("text_format")
        context = try fields.object("context")
        prosody = try WireProsody(fields)
    }

    public var event: WireEvent {
        let data = JSONObject([("text", .string(text))])
            .with("voice", voice.map { .object($0.data) })
            .with("text_format", textFormat.map { .string($0) })
            .with("context", context.map { .object($0) })
        return WireEvent(Self.type, data: prosody.add(to: data))
    }
}

/// Text will follow in chunks.
public struct SynthesizeStart: WireMessage {
    public static let type = "synthesize-start"
    public var voice: WireVoice?
    public var textFormat: String?
    public var context: JSONObject?
    public var prosody = WireProsody()

    public init(voice: WireVoice? = nil, textFormat: String? = nil) {
        self.voice = voice
        self.textFormat = textFormat
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        voice = try WireVoice(fields)
        textFormat = try fields.string("text_format")
        context = try fields.object("context")
        prosody = try WireProsody(fields)
    }

    public var event: WireEvent {
        let data = JSONObject()
            .with("voice", voice.map { .object($0.data) })
            .with("text_format", textFormat.map { .string($0) })
            .with("context", context.map { .object($0) })
        return WireEvent(Self.type, data: prosody.add(to: data))
    }
}

/// More text.
public struct SynthesizeChunk: WireMessage {
    public static let type = "synthesize-chunk"
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
public struct SynthesizeStop: EmptyWireMessage {
    public static let type = "synthesize-stop"

    public init() {}
}

/// All sound of a text that came in chunks has been sent.
public struct SynthesizeStopped: EmptyWireMessage {
    public static let type = "synthesize-stopped"

    public init() {}
}
