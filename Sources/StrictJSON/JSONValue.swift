/// A JSON value as a tree, for texts small enough to hold whole; ``JSONReader`` serves the others.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// Parses one whole text. Throws on anything outside RFC 8259, on a key that stands twice in one object, and on
    /// what exceeds `limits`; see ``JSONError/Code``.
    public init(parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        var reader = JSONReader(bytes, limits: limits)
        try self.init(reading: &reader)
        try reader.finish()
    }

    /// Parses one whole text from an array, as the pointer form does.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        let result: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONError) in try JSONValue(parsing: buffer, limits: limits) }
        }
        self = try result.get()
    }

    /// Builds the value that `reader` stands at, leaving it behind that value.
    public init(reading reader: inout JSONReader) throws(JSONError) {
        var budget = reader.limits.values
        self = try Self.build(&reader, &budget)
    }

    private static func build(_ reader: inout JSONReader, _ budget: inout Int) throws(JSONError) -> JSONValue {
        guard budget > 0 else {
            throw JSONError(code: .limit, offset: reader.offset, message: "more than \(reader.limits.values) values")
        }
        budget -= 1
        switch try reader.peek() {
        case .null:
            try reader.readNull()
            return .null
        case .bool: return .bool(try reader.readBool())
        case .string: return .string(String(try reader.readString()))
        case .number:
            switch try reader.readNumber() {
            case .integer(let value): return .integer(value)
            case .number(let value): return .number(value)
            }
        case .array:
            var elements: [JSONValue] = []
            try reader.beginArray()
            while try reader.nextElement() { elements.append(try build(&reader, &budget)) }
            return .array(elements)
        case .object:
            var object = JSONObject()
            try reader.beginObject()
            while let key = try reader.nextMember() {
                let name = String(key)
                guard object.append(name, try build(&reader, &budget)) else {
                    throw JSONError(
                        code: .duplicateKey, offset: key.offset, message: "the key \"\(name.prefix(80))\" stands twice")
                }
            }
            return .object(object)
        }
    }
}

extension JSONValue {
    public var isNull: Bool { self == .null }

    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The value of a number that is whole and within `Int`, however it was written.
    public var integer: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The value of any number.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var string: String? { if case .string(let value) = self { value } else { nil } }

    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The member `key` when this is an object that has it.
    public subscript(key: String) -> JSONValue? { object?[key] }
}
