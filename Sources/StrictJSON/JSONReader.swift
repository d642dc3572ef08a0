/// A pull parser for RFC 8259 that builds nothing: the caller asks for the values it expects, in order.
///
/// It is strict: no byte-order mark, comments, trailing commas, leading zeros or unpaired surrogates, and the bytes
/// must be UTF-8. It does not look for duplicate keys, because it does not remember any; ``JSONValue`` does.
/// The bytes must stay valid and unchanged while the reader and the strings it handed out are in use.
///
/// ```swift
/// try reader.beginObject()
/// while let key = try reader.nextMember() {
///     if key == "version" { version = try reader.readInteger() } else { try reader.skipValue() }
/// }
/// try reader.finish()
/// ```
public struct JSONReader {
    /// What the next value is, told by its first byte.
    public enum Kind: Sendable, Equatable { case object, array, string, number, bool, null }

    let bytes: UnsafeRawBufferPointer
    let limits: JSONLimits
    /// Byte offset of what is read next.
    public internal(set) var offset = 0
    /// Containers that are open.
    public private(set) var depth = 0
    /// No element of the innermost open container has been read. One flag is enough: a container that has just been
    /// closed was itself an element, so its parent is not at its first.
    private var atFirst = false

    /// A reader at the start of `bytes`, which the caller keeps alive.
    public init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()) {
        self.bytes = bytes
        self.limits = limits
    }

    // MARK: Structure

    /// The kind of the next value, which stays unread.
    public mutating func peek() throws(JSONError) -> Kind {
        skipWhitespace()
        switch nextByte {
        case Byte.openBrace: return .object
        case Byte.openBracket: return .array
        case Byte.quote: return .string
        case Byte.minus, Byte.zero...Byte.nine: return .number
        case Byte.t, Byte.f: return .bool
        case Byte.n: return .null
        default: throw unexpected("a value")
        }
    }

    /// Enters an object; ``nextMember()`` follows.
    public mutating func beginObject() throws(JSONError) { try open(Byte.openBrace, "an object") }

    /// Enters an array; ``nextElement()`` follows.
    public mutating func beginArray() throws(JSONError) { try open(Byte.openBracket, "an array") }

    /// The key of the innermost object's next member, whose value is read next; nil once the object is left.
    public mutating func nextMember() throws(JSONError) -> JSONString? {
        guard try advance(to: Byte.closeBrace, "}") else { return nil }
        let key = try readString()
        skipWhitespace()
        guard nextByte == Byte.colon else { throw unexpected("':'") }
        offset += 1
        return key
    }

    /// True when the innermost array has another element, which is read next; false once the array is left.
    public mutating func nextElement() throws(JSONError) -> Bool {
        try advance(to: Byte.closeBracket, "]")
    }

    /// Checks that nothing but white space is left.
    public mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard offset == bytes.count else {
            throw JSONError(code: .trailingData, offset: offset, message: "data after the end of the value")
        }
    }

    /// Reads over the next value, checking its grammar.
    public mutating func skipValue() throws(JSONError) {
        switch try peek() {
        case .object:
            try beginObject()
            while try nextMember() != nil { try skipValue() }
        case .array:
            try beginArray()
            while try nextElement() { try skipValue() }
        case .string: _ = try readString()
        case .number: _ = try scanNumber()
        case .bool: _ = try readBool()
        case .null: try readNull()
        }
    }

    private mutating func open(_ byte: Int, _ what: String) throws(JSONError) {
        skipWhitespace()
        guard nextByte == byte else { throw unexpected(what) }
        guard depth < limits.depth else {
            throw JSONError(code: .depth, offset: offset, message: "nesting deeper than \(limits.depth)")
        }
        offset += 1
        depth += 1
        atFirst = true
    }

    /// Moves to the next element's first byte (true) or past the closing byte (false).
    private mutating func advance(to close: Int, _ name: String) throws(JSONError) -> Bool {
        skipWhitespace()
        if nextByte == close {
            offset += 1
            depth -= 1
            atFirst = false
            return false
        }
        if atFirst {
            atFirst = false
            return true
        }
        guard nextByte == Byte.comma else { throw unexpected("',' or '\(name)'") }
        offset += 1
        skipWhitespace()
        guard nextByte != close else { throw unexpected("a value after ','") }
        return true
    }

    // MARK: Scalars

    /// Reads `true` or `false`.
    public mutating func readBool() throws(JSONError) -> Bool {
        skipWhitespace()
        if matches("true") { return true }
        if matches("false") { return false }
        throw unexpected("true or false")
    }

    /// Reads `null`.
    public mutating func readNull() throws(JSONError) {
        skipWhitespace()
        guard matches("null") else { throw unexpected("null") }
    }

    private mutating func matches(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard bytes.count - offset >= length else { return false }
        for i in 0..<length where bytes[offset + i] != literal.utf8Start[i] { return false }
        offset += length
        return true
    }

    // MARK: Bytes

    /// The next byte, or −1 at the end.
    var nextByte: Int { offset < bytes.count ? Int(bytes[offset]) : -1 }

    mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    /// The error for a byte that is not what the reader or its caller needs here.
    func unexpected(_ expected: String) -> JSONError {
        guard offset < bytes.count else {
            return JSONError(code: .truncated, offset: offset, message: "the text ends where \(expected) is expected")
        }
        let found = bytes[offset]
        let shown = (0x21..<0x7F).contains(found) ? "'\(Character(Unicode.Scalar(found)))'" : "byte \(found)"
        return JSONError(code: .syntax, offset: offset, message: "\(shown) found where \(expected) is expected")
    }
}

/// The bytes that the grammar names, widened so that −1 can stand for the end of the text.
enum Byte {
    static let quote = 0x22
    static let comma = 0x2C
    static let minus = 0x2D
    static let point = 0x2E
    static let zero = 0x30
    static let nine = 0x39
    static let colon = 0x3A
    static let openBracket = 0x5B
    static let backslash = 0x5C
    static let closeBracket = 0x5D
    static let f = 0x66
    static let n = 0x6E
    static let t = 0x74
    static let openBrace = 0x7B
    static let closeBrace = 0x7D
}
