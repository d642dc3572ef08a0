public import StrictJSON

/// Begins, ends or toggles the dictation of the user who asks, from the daemon's microphone.
///
/// Who begins one gets ``DictationReport``s until it is over; it also ends when that connection does.
public struct Dictate: WireMessage {
    public static let type = "hearsay-dictate"

    public enum Action: String, Sendable, CaseIterable {
        case start, stop, toggle
    }

    public var action: Action
    /// Code of the language; nil to detect it.
    public var language: String?
    /// End after the first utterance that has words.
    public var isOnce: Bool

    public init(action: Action, language: String? = nil, isOnce: Bool = false) {
        self.action = action
        self.language = language
        self.isOnce = isOnce
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        guard let action = Action(rawValue: try fields.string("action") ?? Action.start.rawValue) else {
            throw fields.invalid("action", "one of \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.action = action
        language = try fields.string("language")
        isOnce = try fields.bool("once") ?? false
    }

    public var event: WireEvent {
        let data: JSONObject = ["action": .string(action.rawValue), "once": .bool(isOnce)]
        return WireEvent(Self.type, data: data.with("language", language.map { .string($0) }))
    }
}

/// What happened in a dictation: `event` and what belongs to it, as `hearsay dictate --json` prints it.
public struct DictationReport: WireMessage {
    public static let type = "hearsay-dictation"
    public var data: JSONObject

    public init(data: JSONObject) {
        self.data = data
    }

    public init(_ event: WireEvent) throws(WireError) {
        data = event.data
    }

    /// Such as `committed`.
    public var kind: String? { data["event"]?.string }

    public var event: WireEvent { WireEvent(Self.type, data: data) }
}
