/// Writes JSON in the exact form of Python's `json.dumps(…, ensure_ascii=False)`.
///
/// Only `"`, `\` and control characters are escaped; doubles have the shortest digits that read back as the same
/// value, and an exponent where Python's `repr` has one. The caller keeps the grammar: a key before every value of an
/// object, and as many ends as begins.
public struct JSONWriter {
    /// White space between tokens.
    public enum Style: Sendable, Equatable {
        /// None: `separators=(",", ":")`.
        case compact
        /// Python's default: `", "` and `": "`.
        case spaced
        /// One member or element a line, indented by this many spaces a level: `indent=…`.
        case indented(Int)
    }

    /// What stands for NaN and the infinities, which JSON cannot express.
    public enum NonFinite: Sendable {
        case null
        /// `NaN`, `Infinity`, `-Infinity`, as Python writes and reads them.
        case pythonLiterals
    }

    /// The text so far, UTF-8.
    public private(set) var bytes: [UInt8] = []
    private let style: Style
    private let nonFinite: NonFinite
    private var depth = 0
    /// Nothing has been written in the innermost container.
    private var isEmpty = true
    private var followsKey = false

    public init(style: Style = .spaced, nonFinite: NonFinite = .null) {
        self.style = style
        self.nonFinite = nonFinite
    }

    // MARK: Structure

    public mutating func beginObject() { begin("{") }
    public mutating func endObject() { end("}") }
    public mutating func beginArray() { begin("[") }
    public mutating func endArray() { end("]") }

    /// Writes a member's key; its value follows.
    public mutating func key(_ key: String) {
        separate()
        writeString(key)
        append(style == .compact ? ":" : ": ")
        followsKey = true
    }

    private mutating func begin(_ bracket: StaticString) {
        separate()
        append(bracket)
        depth += 1
        isEmpty = true
    }

    private mutating func end(_ bracket: StaticString) {
        depth -= 1
        if !isEmpty { breakLine() }
        append(bracket)
        isEmpty = false
    }

    /// Writes what stands between two values of a container.
    private mutating func separate() {
        if followsKey {
            followsKey = false
            return
        }
        guard depth > 0 else { return }
        if !isEmpty { append(style == .spaced ? ", " : ",") }
        isEmpty = false
        breakLine()
    }

    private mutating func breakLine() {
        guard case .indented(let width) = style else { return }
        append("\n")
        bytes.append(contentsOf: repeatElement(0x20, count: max(0, width * depth)))
    }

    // MARK: Values

    public mutating func null() {
        separate()
        append("null")
    }

    public mutating func value(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    public mutating func value(_ value: Int) { self.value(Int64(value)) }

    public mutating func value(_ value: Int64) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    public mutating func value(_ value: Double) {
        separate()
        guard value.isFinite else {
            switch nonFinite {
            case .null: append("null")
            case .pythonLiterals: append(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
            }
            return
        }
        bytes.append(contentsOf: pythonDescription(value).utf8)
    }

    public mutating func value(_ value: String) {
        separate()
        writeString(value)
    }

    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): self.value(value)
        case .integer(let value): self.value(value)
        case .number(let value): self.value(value)
        case .string(let value): self.value(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func writeString(_ text: String) {
        append("\"")
        for byte in text.utf8 {
            switch byte {
            case 0x22: append("\\\"")
            case 0x5C: append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20:
                append("\\u00")
                bytes.append(hexadecimalDigit(byte >> 4))
                bytes.append(hexadecimalDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
        append("\"")
    }

    private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// Python's `repr`. Swift finds the same shortest digits, but turns to an exponent at 2^53, Python at 1e16; between
    /// the two every double is a whole number.
    private func pythonDescription(_ value: Double) -> String {
        abs(value) >= 0x1p53 && abs(value) < 1e16 ? "\(Int64(value)).0" : value.description
    }
}
