/// Why bytes from a peer are no event, or an event not what its type promises.
public struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A stable, dotted name for a kind of fault.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The header is no line of JSON that is an object.
        public static let headerInvalid = Code(rawValue: "protocol.header_invalid")
        /// The header is longer than ``WireLimits/header``.
        public static let headerTooLong = Code(rawValue: "protocol.header_too_long")
        /// `data_length` or `payload_length` is no number of bytes.
        public static let lengthInvalid = Code(rawValue: "protocol.length_invalid")
        /// More data than ``WireLimits/data``.
        public static let dataTooLong = Code(rawValue: "protocol.data_too_long")
        /// More payload than ``WireLimits/payload``.
        public static let payloadTooLong = Code(rawValue: "protocol.payload_too_long")
        /// No type, or one that is no string or a very long one.
        public static let typeInvalid = Code(rawValue: "protocol.type_invalid")
        /// The data is no JSON object.
        public static let dataInvalid = Code(rawValue: "protocol.data_invalid")
        /// A field of the data is missing, or of the wrong type or size.
        public static let fieldInvalid = Code(rawValue: "protocol.field_invalid")
        /// The peer stopped in the middle of an event.
        public static let truncated = Code(rawValue: "protocol.truncated")
        /// An event that makes no sense at this point of the conversation.
        public static let unexpected = Code(rawValue: "protocol.unexpected_event")
        /// An event took longer to arrive than is allowed.
        public static let tooSlow = Code(rawValue: "protocol.too_slow")
    }

    public let code: Code
    /// What was wrong with what, in words.
    public let message: String
    /// Where the next event begins is unknown: nothing more can be read from this peer.
    public let endsConnection: Bool

    public init(_ code: Code, _ message: String, endsConnection: Bool = false) {
        self.code = code
        self.message = message
        self.endsConnection = endsConnection
    }

    public var description: String { "\(message) [\(code.rawValue)]" }
}

/// How much of one event is accepted from a peer.
public struct WireLimits: Sendable, Equatable {
    /// Bytes of the header, without the line feed after it.
    public var header = 64 << 10
    /// Bytes of JSON data after the header.
    public var data = 1 << 20
    /// Bytes of payload.
    public var payload = 16 << 20
    /// Bytes of a type's name.
    public var type = 128
    /// Nesting of arrays and objects.
    public var depth = 32
    /// Values in one JSON text.
    public var values = 100_000

    public init() {}
}
