internal import StrictJSON

/// Asks whether anybody is there.
public struct Ping: WireMessage {
    public static let type = "ping"
    /// Comes back with the answer.
    public var text: String?

    public init(text: String? = nil) {
        self.text = text
    }

    public init(_ event: WireEvent) throws(WireError) {
        text = try Fields(event).string("text")
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["text": .orNull(text)]) }
}

/// The answer to ``Ping``.
public struct Pong: WireMessage {
    public static let type = "pong"
    public var text: String?

    public init(text: String? = nil) {
        self.text = text
    }

    public init(_ event: WireEvent) throws(WireError) {
        text = try Fields(event).string("text")
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["text": .orNull(text)]) }
}

/// A request failed.
public struct WireErrorEvent: WireMessage {
    public static let type = "error"
    /// For people.
    public var text: String
    /// Stable and dotted.
    public var code: String?

    public init(text: String, code: String?) {
        self.text = text
        self.code = code
    }

    public init(_ error: WireError) {
        self.init(text: error.message, code: error.code.rawValue)
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        text = try fields.requiredString("text")
        code = try fields.string("code")
    }

    public var event: WireEvent {
        WireEvent(Self.type, data: JSONObject([("text", .string(text))]).with("code", code.map { .string($0) }))
    }
}
