public import StrictJSON

/// Closes the daemon's microphone to everybody, opens it again, or asks who listens.
///
/// `watch` is answered by ``MicrophoneReport``s until the connection ends; everything else by one.
public struct MicrophoneCommand: WireMessage {
    public static let type = "hearsay-microphone"

    public enum Action: String, Sendable, CaseIterable {
        case status, mute, unmute, watch
    }

    public var action: Action

    public init(_ action: Action) {
        self.action = action
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        guard let action = Action(rawValue: try fields.string("action") ?? Action.status.rawValue) else {
            throw fields.invalid("action", "one of \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.action = action
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["action": .string(action.rawValue)]) }
}

/// What has become of the microphone: `event`, `muted`, and who has it open.
public struct MicrophoneReport: DataWireMessage {
    public static let type = "hearsay-listening"
    public var data: JSONObject

    public init(data: JSONObject) {
        self.data = data
    }

    /// `status`, `started`, `stopped`, `muted` or `unmuted`.
    public var kind: String? { data["event"]?.string }
    public var isMuted: Bool { data["muted"]?.bool ?? false }
}
