public import StrictJSON

/// One message of the Wyoming protocol: a type, a JSON object, and bytes.
public struct WireEvent: Sendable, Equatable {
    /// Such as `audio-chunk`.
    public var type: String
    public var data: JSONObject
    /// Empty where there is none.
    public var payload: [UInt8]

    public init(_ type: String, data: JSONObject = JSONObject(), payload: [UInt8] = []) {
        self.type = type
        self.data = data
        self.payload = payload
    }
}

/// An event whose meaning is known: read from an event's data, written as one.
public protocol WireMessage: Sendable {
    /// The `type` that events of this kind bear.
    static var type: String { get }

    /// Reads the data of an event of this type.
    ///
    /// - Throws: ``WireError/Code/fieldInvalid`` naming the field.
    init(_ event: WireEvent) throws(WireError)

    var event: WireEvent { get }
}

/// A message that says all it has to say with its type.
public protocol EmptyWireMessage: WireMessage {
    init()
}

extension EmptyWireMessage {
    public init(_ event: WireEvent) throws(WireError) { self.init() }

    public var event: WireEvent { WireEvent(Self.type) }
}

/// A message whose data is for people and programs to look into.
public protocol DataWireMessage: WireMessage {
    var data: JSONObject { get set }

    init(data: JSONObject)
}

extension DataWireMessage {
    public init(_ event: WireEvent) throws(WireError) { self.init(data: event.data) }

    public var event: WireEvent { WireEvent(Self.type, data: data) }
}
