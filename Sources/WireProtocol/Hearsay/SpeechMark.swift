internal import StrictJSON

/// A mark of the text, between the sound before it and the sound after it. Sent to those who asked for marks.
public struct SpeechMark: WireMessage {
    public static let type = "hearsay-mark"
    public var name: String
    /// Milliseconds from the start of the sound.
    public var timestamp: Int

    public init(name: String, timestamp: Int) {
        self.name = name
        self.timestamp = timestamp
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        name = try fields.requiredString("name")
        timestamp = try fields.requiredInteger("timestamp")
    }

    public var event: WireEvent {
        WireEvent(Self.type, data: ["name": .string(name), "timestamp": .integer(timestamp)])
    }
}
