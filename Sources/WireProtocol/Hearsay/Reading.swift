public import StrictJSON

/// Asks for a text to be read aloud on the daemon's loudspeaker, when it is its turn.
///
/// Answered by ``ReadingReport``s up to one that is the last; the text is also taken back when the connection ends.
public struct ReadText: WireMessage {
    public static let type = "hearsay-read"

    /// How urgent a text is; a more urgent one interrupts the others, which go on after it.
    public enum Priority: String, Sendable, CaseIterable {
        case background, normal, important
    }

    public var text: String
    public var voice: WireVoice?
    /// `text` or `ssml`; anything else is plain text.
    public var textFormat: String?
    public var prosody = WireProsody()
    public var priority: Priority

    public init(text: String, voice: WireVoice? = nil, textFormat: String? = nil, priority: Priority = .normal) {
        self.text = text
        self.voice = voice
        self.textFormat = textFormat
        self.priority = priority
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        text = try fields.requiredString("text")
        voice = try WireVoice(fields)
        textFormat = try fields.string("text_format")
        prosody = try WireProsody(fields)
        guard let priority = Priority(rawValue: try fields.string("priority") ?? Priority.normal.rawValue) else {
            throw fields.invalid("priority", "one of \(Priority.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.priority = priority
    }

    public var event: WireEvent {
        let data = JSONObject([("text", .string(text)), ("priority", .string(priority.rawValue))])
            .with("voice", voice.map { .object($0.data) })
            .with("text_format", textFormat.map { .string($0) })
        return WireEvent(Self.type, data: prosody.add(to: data))
    }
}

/// What became of a text that is read aloud.
public struct ReadingReport: WireMessage {
    public static let type = "hearsay-reading"

    public enum Kind: String, Sendable, CaseIterable {
        /// Others come before it.
        case queued
        /// It is heard, or goes on being heard.
        case speaking
        /// The next sentence begins; `text` has it.
        case sentence
        /// It is kept from being heard: paused, or something more urgent is.
        case waiting
        /// All of it has been heard. The last.
        case done
        /// It was stopped; `reason` says by what. The last.
        case stopped

        public var isLast: Bool { self == .done || self == .stopped }
    }

    public var kind: Kind
    /// The daemon's number of the text.
    public var id: Int
    public var text: String?
    public var reason: String?

    public init(_ kind: Kind, id: Int, text: String? = nil, reason: String? = nil) {
        self.kind = kind
        self.id = id
        self.text = text
        self.reason = reason
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        guard let kind = Kind(rawValue: try fields.requiredString("event")) else {
            throw fields.invalid("event", "one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.kind = kind
        id = try fields.requiredInteger("id")
        text = try fields.string("text")
        reason = try fields.string("reason")
    }

    public var event: WireEvent {
        let data: JSONObject = ["event": .string(kind.rawValue), "id": .integer(id)]
        return WireEvent(
            Self.type, data: data.with("text", text.map { .string($0) }).with("reason", reason.map { .string($0) }))
    }
}

/// Does something with what is read aloud: with the texts of the user who asks, or, for the daemon's own user and root,
/// with all. Answered by ``ReadingQueueReport``.
public struct ControlReading: WireMessage {
    public static let type = "hearsay-reading-control"

    public enum Action: String, Sendable, CaseIterable {
        case pause, resume
        /// On to the next sentence.
        case skip
        /// Silence, and nothing that waits is read any more.
        case stop
        /// Nothing; the answer says how it is.
        case status
    }

    public var action: Action
    /// The only text to stop; nil for all.
    public var id: Int?

    public init(_ action: Action, id: Int? = nil) {
        self.action = action
        self.id = id
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        guard let action = Action(rawValue: try fields.requiredString("action")) else {
            throw fields.invalid("action", "one of \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.action = action
        id = try fields.integer("id")
    }

    public var event: WireEvent {
        WireEvent(
            Self.type, data: JSONObject([("action", .string(action.rawValue))]).with("id", id.map { .integer($0) }))
    }
}

/// What is read aloud and what waits, without any text.
public struct ReadingQueueReport: DataWireMessage {
    public static let type = "hearsay-reading-queue"
    /// `state` (`idle`, `speaking`, `paused`, `waiting-for-device`), `reason`, `queue` (`id`, `priority`, `user`,
    /// `seconds`).
    public var data: JSONObject

    public init(data: JSONObject) {
        self.data = data
    }
}
