public import StrictJSON

/// Begins, ends or toggles the dictation of the user who asks, from the daemon's microphone, or asks how it is.
///
/// Who begins one gets ``DictationReport``s until it is over; it also ends when that connection does.
public struct Dictate: WireMessage {
    public static let type = "hearsay-dictate"

    public enum Action: String, Sendable, CaseIterable {
        case start, stop, toggle, status
    }

    public var action: Action
    /// A model's name; nil for the default one.
    public var model: String?
    /// Code of the language; nil to detect it.
    public var language: String?
    /// End after the first utterance that has words.
    public var isOnce: Bool
    /// When a word counts as certain: `local-agreement` or `align-att`.
    public var policy: String?
    /// Seconds of new speech between two hypotheses.
    public var interval: Double?
    /// Seconds of silence that end an utterance; half of them where its text ends a sentence.
    public var pause: Double?
    /// Words to expect.
    public var terms: [String]?
    /// Whether spoken commands are done instead of written down.
    public var obeysCommands: Bool
    /// Whether final texts come with the times of their words.
    public var wantsWords: Bool

    public init(action: Action, language: String? = nil, isOnce: Bool = false) {
        self.action = action
        self.language = language
        self.isOnce = isOnce
        obeysCommands = true
        wantsWords = false
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        guard let action = Action(rawValue: try fields.string("action") ?? Action.start.rawValue) else {
            throw fields.invalid("action", "one of \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.action = action
        model = try fields.string("model")
        language = try fields.string("language")
        isOnce = try fields.bool("once") ?? false
        policy = try fields.string("policy")
        interval = try fields.double("interval")
        pause = try fields.double("pause")
        terms = try fields.strings("terms")
        obeysCommands = try fields.bool("commands") ?? true
        wantsWords = try fields.bool("words") ?? false
    }

    public var event: WireEvent {
        let data: JSONObject = [
            "action": .string(action.rawValue), "once": .bool(isOnce), "commands": .bool(obeysCommands),
            "words": .bool(wantsWords),
        ]
        return WireEvent(
            Self.type,
            data: data.with("model", model.map { .string($0) }).with("language", language.map { .string($0) })
                .with("policy", policy.map { .string($0) }).with("interval", interval.map { .number($0) })
                .with("pause", pause.map { .number($0) })
                .with("terms", terms.map { .strings($0) }))
    }
}

/// What happened in a dictation: `event` and what belongs to it, as `hearsay dictate --json` prints it.
public struct DictationReport: DataWireMessage {
    public static let type = "hearsay-dictation"
    public var data: JSONObject

    public init(data: JSONObject) {
        self.data = data
    }

    /// Such as `committed`.
    public var kind: String? { data["event"]?.string }
}
