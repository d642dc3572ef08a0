public import StrictJSON

/// Asks for a voice to be copied, on the terms that its owner will read aloud. Answered by a ``CopiedVoiceReport`` with the
/// phrase to be read.
public struct EnrollVoice: WireMessage {
    public static let type = "hearsay-voice-enroll"
    /// How the voice will be called.
    public var voice: String
    /// The name of the person whose voice it is.
    public var subject: String
    /// Accounts that may use it; nil for the one that asks.
    public var users: [Int]?
    /// `playback`, `file`; nil for both.
    public var outputs: [String]?
    /// Nil for `reading`.
    public var purposes: [String]?
    /// Primary subtags, such as `en`; nil or empty for any.
    public var languages: [String]?
    public var secondsPerDay: Int?
    public var requestsPerHour: Int?
    /// Days that the consent lasts; nil for 365.
    public var days: Int?

    public init(voice: String, subject: String) {
        self.voice = voice
        self.subject = subject
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        voice = try fields.requiredString("voice")
        subject = try fields.requiredString("subject")
        if let values = try fields.array("users") {
            let numbers = values.compactMap(\.integer)
            guard numbers.count == values.count else { throw fields.invalid("users", "an array of whole numbers") }
            users = numbers
        }
        outputs = try fields.strings("outputs")
        purposes = try fields.strings("purposes")
        languages = try fields.strings("languages")
        secondsPerDay = try fields.integer("seconds_per_day")
        requestsPerHour = try fields.integer("requests_per_hour")
        days = try fields.integer("days")
    }

    public var event: WireEvent {
        let data: JSONObject = ["voice": .string(voice), "subject": .string(subject)]
        return WireEvent(
            Self.type,
            data: data.with("users", users.map { .array($0.map { .integer($0) }) })
                .with("outputs", outputs.map { .strings($0) }).with("purposes", purposes.map { .strings($0) })
                .with("languages", languages.map { .strings($0) })
                .with("seconds_per_day", secondsPerDay.map { .integer($0) })
                .with("requests_per_hour", requestsPerHour.map { .integer($0) })
                .with("days", days.map { .integer($0) }))
    }
}

/// A recording that the voice is to be made from, beside the phrase: 16-bit samples at 16 kHz, mono. Answered by a
/// ``CopiedVoiceReport``.
public struct VoiceReference: WireMessage {
    public static let type = "hearsay-voice-reference"
    /// Identifier of the consent.
    public var consent: String
    public var audio: [UInt8]

    public init(consent: String, audio: [UInt8]) {
        self.consent = consent
        self.audio = audio
    }

    public init(_ event: WireEvent) throws(WireError) {
        consent = try Fields(event).requiredString("consent")
        audio = event.payload
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["consent": .string(consent)], payload: audio) }
}

/// Asks for something about one copied voice, or for something to be done with it. Answered by ``CopiedVoiceReport``s,
/// `list` by ``CopiedVoiceList``.
public struct CopiedVoiceCommand: WireMessage {
    public static let type = "hearsay-voice"

    public enum Action: String, Sendable, CaseIterable {
        /// The consents of the account that asks, and the voices that it may use.
        case list
        case show
        /// Another phrase, after an attempt that failed.
        case phrase
        /// The daemon records the phrase now, from its microphone.
        case record
        /// The owner of the account agrees with the terms; ``CopiedVoiceCommand/expiry`` repeats until when.
        case confirm
        case decline
        /// Begins anew for a consent whose time is over.
        case renew
        /// Takes the consent back, for good.
        case revoke
        /// A signed statement of what was consented to.
        case receipt
    }

    public var action: Action
    /// The voice's name, or the identifier of its consent.
    public var voice: String?
    /// What was given out at the grant, for whoever has it.
    public var code: String?
    /// For ``Action/renew``: days that the consent lasts from now.
    public var days: Int?
    /// For ``Action/confirm``: the end of the consent as the phrase's report gave it, in seconds since 1970.
    public var expiry: Int?

    public init(_ action: Action, voice: String? = nil, code: String? = nil, expiry: Int? = nil, days: Int? = nil) {
        self.action = action
        self.voice = voice
        self.code = code
        self.expiry = expiry
        self.days = days
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        guard let action = Action(rawValue: try fields.requiredString("action")) else {
            throw fields.invalid("action", "one of \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.action = action
        voice = try fields.string("voice")
        code = try fields.string("code")
        days = try fields.integer("days")
        expiry = try fields.integer("expiry")
    }

    public var event: WireEvent {
        WireEvent(
            Self.type,
            data: JSONObject([("action", .string(action.rawValue))]).with("voice", voice.map { .string($0) })
                .with("code", code.map { .string($0) }).with("days", days.map { .integer($0) })
                .with("expiry", expiry.map { .integer($0) }))
    }
}

/// What happens with a copied voice: `event` and what belongs to it.
public struct CopiedVoiceReport: WireMessage {
    public static let type = "hearsay-voice-report"
    public var data: JSONObject

    public init(data: JSONObject) {
        self.data = data
    }

    public init(_ event: WireEvent) throws(WireError) {
        data = event.data
    }

    /// `phrase`, `reference`, `listening`, `checking`, `verified`, `granted`, `consent`, `receipt`.
    public var kind: String? { data["event"]?.string }

    public var event: WireEvent { WireEvent(Self.type, data: data) }
}

/// Copied voices as they stand.
public struct CopiedVoiceList: WireMessage {
    public static let type = "hearsay-voice-list"
    public var voices: [JSONValue]

    public init(voices: [JSONValue]) {
        self.voices = voices
    }

    public init(_ event: WireEvent) throws(WireError) {
        voices = try Fields(event).array("voices") ?? []
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["voices": .array(voices)]) }
}
