/// A string as it stands in a JSON text, checked but not copied; valid while the text's bytes are.
public struct JSONString {
    /// The bytes between the quotes: UTF-8, with escapes still in place.
    public let raw: UnsafeRawBufferPointer
    /// Byte offset of ``raw`` in the text.
    public let offset: Int
    /// True when ``raw`` holds escapes, so that it differs from what it stands for.
    public let isEscaped: Bool

    /// What the string stands for, as UTF-8.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        append(to: &result)
        return result
    }

    /// Appends what the string stands for, as UTF-8, to `output`; never more than `raw.count` bytes.
    public func append(to output: inout [UInt8]) {
        guard isEscaped else {
            output.append(contentsOf: raw)
            return
        }
        var i = 0
        while i < raw.count {
            if Int(raw[i]) == Byte.backslash {
                let (scalar, length) = unescape(at: i)
                output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                i += length
            } else {
                output.append(raw[i])
                i += 1
            }
        }
    }

    /// The scalar of the escape at `i`, which ``JSONReader`` has checked, and its length in bytes.
    private func unescape(at i: Int) -> (scalar: Unicode.Scalar, length: Int) {
        let letter = raw[i + 1]
        guard letter == UInt8(ascii: "u") else { return (JSONEscape.scalar(for: letter) ?? "\u{FFFD}", 2) }
        let high = JSONEscape.codeUnit(in: raw, at: i + 2) ?? 0xFFFD
        guard (0xD800..<0xDC00).contains(high) else { return (Unicode.Scalar(high) ?? "\u{FFFD}", 6) }
        let low = JSONEscape.codeUnit(in: raw, at: i + 8) ?? 0xDC00
        let value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
    }

    /// True when both stand for the same bytes.
    public static func == (string: JSONString, literal: StaticString) -> Bool {
        let other = UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        return string.isEscaped ? string.bytes.elementsEqual(other) : string.raw.elementsEqual(other)
    }

    /// Lets a key stand in `switch key { case "name": … }`.
    public static func ~= (literal: StaticString, string: JSONString) -> Bool { string == literal }
}

extension String {
    /// The text that a JSON string stands for.
    public init(_ string: JSONString) {
        if string.isEscaped {
            self = String(decoding: string.bytes, as: UTF8.self)
        } else {
            self = String(decoding: string.raw, as: UTF8.self)
        }
    }
}

extension JSONReader {
    /// Reads a string, checking its encoding and escapes, without copying it.
    public mutating func readString() throws(JSONError) -> JSONString {
        skipWhitespace()
        guard nextByte == Byte.quote else { throw unexpected("a string") }
        let start = offset + 1
        var i = start
        var isEscaped = false
        while i < bytes.count {
            let byte = Int(bytes[i])
            if byte == Byte.quote {
                offset = i + 1
                return JSONString(
                    raw: UnsafeRawBufferPointer(rebasing: bytes[start..<i]), offset: start, isEscaped: isEscaped)
            } else if byte == Byte.backslash {
                isEscaped = true
                i = try endOfEscape(at: i)
            } else if byte >= 0x80 {
                i = try endOfSequence(at: i)
            } else if byte >= 0x20 {
                i += 1
            } else {
                throw JSONError(code: .syntax, offset: i, message: "an unescaped control character in a string")
            }
        }
        throw JSONError(code: .truncated, offset: bytes.count, message: "the text ends inside a string")
    }

    /// Checks the UTF-8 sequence at `i` (table 3-7 of the Unicode standard); returns the offset behind it.
    private func endOfSequence(at i: Int) throws(JSONError) -> Int {
        let lead = bytes[i]
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0x80...0xBF)
            }
        guard length > 0, length <= bytes.count - i, second.contains(bytes[i + 1]),
            (2..<max(length, 2)).allSatisfy({ bytes[i + $0] & 0xC0 == 0x80 })
        else { throw JSONError(code: .encoding, offset: i, message: "a string that is not UTF-8") }
        return i + length
    }

    /// Checks the escape at `i`; returns the offset behind it, and behind the second half of a surrogate pair.
    private func endOfEscape(at i: Int) throws(JSONError) -> Int {
        guard i + 1 < bytes.count else {
            throw JSONError(code: .truncated, offset: bytes.count, message: "the text ends inside an escape")
        }
        guard bytes[i + 1] == UInt8(ascii: "u") else {
            guard JSONEscape.scalar(for: bytes[i + 1]) != nil else {
                throw JSONError(code: .escape, offset: i, message: "an unknown escape")
            }
            return i + 2
        }
        guard let unit = JSONEscape.codeUnit(in: bytes, at: i + 2) else {
            throw JSONError(code: .escape, offset: i, message: "\\u without four hexadecimal digits")
        }
        switch unit {
        case 0xD800..<0xDC00:
            guard i + 7 < bytes.count, Int(bytes[i + 6]) == Byte.backslash, bytes[i + 7] == UInt8(ascii: "u"),
                let low = JSONEscape.codeUnit(in: bytes, at: i + 8), (0xDC00..<0xE000).contains(low)
            else { throw JSONError(code: .escape, offset: i, message: "the first half of a surrogate pair alone") }
            return i + 12
        case 0xDC00..<0xE000:
            throw JSONError(code: .escape, offset: i, message: "the second half of a surrogate pair alone")
        default:
            return i + 6
        }
    }
}

enum JSONEscape {
    /// The scalar of a two-character escape, by its letter.
    static func scalar(for letter: UInt8) -> Unicode.Scalar? {
        switch letter {
        case UInt8(ascii: "\""): "\""
        case UInt8(ascii: "\\"): "\\"
        case UInt8(ascii: "/"): "/"
        case UInt8(ascii: "b"): "\u{08}"
        case UInt8(ascii: "f"): "\u{0C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        default: nil
        }
    }

    /// The UTF-16 code unit of the four hexadecimal digits at `i`.
    static func codeUnit(in bytes: UnsafeRawBufferPointer, at i: Int) -> UInt32? {
        guard bytes.count - i >= 4 else { return nil }
        var value: UInt32 = 0
        for byte in bytes[i..<(i + 4)] {
            guard let digit = Unicode.Scalar(byte).hexadecimalValue else { return nil }
            value = value << 4 | digit
        }
        return value
    }
}

extension Unicode.Scalar {
    fileprivate var hexadecimalValue: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "A"..."F": value - 0x41 + 10
        case "a"..."f": value - 0x61 + 10
        default: nil
        }
    }
}
