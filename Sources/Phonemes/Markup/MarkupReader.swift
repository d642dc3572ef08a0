/// Reads XML from memory piece by piece, with limits on everything, and without what makes XML dangerous: there is no
/// DTD, and no entity but the five that XML names and the numbers of characters.
///
/// It checks that tags are nested properly. Comments and processing instructions are skipped, CDATA is text.
struct MarkupReader {
    /// Bytes that are taken at once.
    static let longest = 1 << 20
    static let deepest = 64
    static let mostAttributes = 32

    enum Event: Equatable {
        case start(name: String, attributes: [Attribute])
        /// Follows the start at once for an element that is closed in its own tag.
        case end(name: String)
        /// With entities replaced; not empty.
        case text(String)
        case finished
    }

    struct Attribute: Equatable {
        var name: String
        var value: String
        /// Of the name, in bytes.
        var offset: Int
    }

    /// Where the last event begins, in bytes.
    private(set) var eventOffset = 0

    private let bytes: [UInt8]
    private var next = 0
    private var open: [(name: String, offset: Int)] = []
    /// The last tag closes itself.
    private var endsItself = false

    /// - Throws: ``PhonemeError/Code/textTooLong``.
    init(_ text: String) throws(PhonemeError) {
        // A byte-order mark is no text.
        let isMarked = text.unicodeScalars.first == "\u{FEFF}"
        bytes = Array(text.utf8.dropFirst(isMarked ? 3 : 0).prefix(Self.longest + 1))
        guard bytes.count <= Self.longest else {
            throw PhonemeError(
                .textTooLong, "Marked-up text may have \(Self.longest) bytes at most. Send it in several parts.")
        }
    }

    /// The number of elements that are open.
    var depth: Int { open.count }

    /// - Throws: ``PhonemeError/Code/ssmlInvalid``.
    mutating func read() throws(PhonemeError) -> Event {
        eventOffset = next
        if endsItself {
            endsItself = false
            return .end(name: open.removeLast().name)
        }
        while next < bytes.count {
            guard bytes[next] == UInt8(ascii: "<") else { return .text(try text()) }
            eventOffset = next
            if skip("<!--") {
                try skip(to: "-->", "a comment")
            } else if skip("<?") {
                try skip(to: "?>", "a processing instruction")
            } else if skip("<![CDATA[") {
                let start = next
                try skip(to: "]]>", "a CDATA section")
                if next - 3 > start { return .text(String(decoding: bytes[start..<next - 3], as: UTF8.self)) }
            } else if skip("</") {
                return try endTag()
            } else if skip("<!") {
                throw error("Document types and declarations are not allowed", at: eventOffset)
            } else {
                return try startTag()
            }
            eventOffset = next
        }
        if let last = open.last { throw error("<\(last.name)> is never closed", at: last.offset) }
        return .finished
    }

    /// The error that says so about a place.
    func error(_ message: String, at offset: Int) -> PhonemeError {
        PhonemeError(.ssmlInvalid, message + ".", at: position(of: offset))
    }

    func position(of offset: Int) -> TextPosition {
        var position = TextPosition(line: 1, column: 1)
        var previous: UInt8 = 0
        for byte in bytes.prefix(offset) {
            switch byte {
            case UInt8(ascii: "\n") where previous == UInt8(ascii: "\r"): break
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): position = TextPosition(line: position.line + 1, column: 1)
            // Continuation bytes are of the scalar before.
            default: if byte & 0xC0 != 0x80 { position.column += 1 }
            }
            previous = byte
        }
        return position
    }

    private mutating func startTag() throws(PhonemeError) -> Event {
        next += 1
        let name = try name("an element's name after '<'; write &lt; for the character")
        var attributes: [Attribute] = []
        while true {
            let hadSpace = skipSpace()
            if skip("/>") {
                endsItself = true
                break
            }
            if skip(">") { break }
            guard next < bytes.count else { throw error("The tag <\(name)> is not finished", at: eventOffset) }
            guard hadSpace else { throw error("There must be a space before an attribute", at: next) }
            let attribute = try attribute()
            guard !attributes.contains(where: { $0.name == attribute.name }) else {
                throw error("<\(name)> has two attributes \(attribute.name)", at: attribute.offset)
            }
            guard attributes.count < Self.mostAttributes else {
                throw error("<\(name)> has more than \(Self.mostAttributes) attributes", at: attribute.offset)
            }
            attributes.append(attribute)
        }
        guard open.count < Self.deepest else {
            throw error("Elements may be nested \(Self.deepest) deep at most", at: eventOffset)
        }
        open.append((name, eventOffset))
        return .start(name: name, attributes: attributes)
    }

    private mutating func attribute() throws(PhonemeError) -> Attribute {
        let offset = next
        let name = try name("an attribute, '>' or '/>'")
        skipSpace()
        guard skip("=") else { throw error("The attribute \(name) needs '=' and a value in quotes", at: next) }
        skipSpace()
        guard next < bytes.count, bytes[next] == UInt8(ascii: "\"") || bytes[next] == UInt8(ascii: "'") else {
            throw error("The value of \(name) must be in quotes", at: next)
        }
        let quote = bytes[next]
        next += 1
        var value: [UInt8] = []
        while next < bytes.count, bytes[next] != quote {
            switch bytes[next] {
            case UInt8(ascii: "<"): throw error("'<' must be written &lt; in an attribute", at: next)
            case UInt8(ascii: "&"): try entity(into: &value)
            case let byte:
                value.append(Self.isSpace(byte) ? UInt8(ascii: " ") : byte)
                next += 1
            }
        }
        guard next < bytes.count else { throw error("The value of \(name) has no closing quote", at: offset) }
        next += 1
        return Attribute(name: name, value: String(decoding: value, as: UTF8.self), offset: offset)
    }

    private mutating func endTag() throws(PhonemeError) -> Event {
        let name = try name("an element's name after '</'")
        skipSpace()
        guard skip(">") else { throw error("The tag </\(name)> is not finished", at: eventOffset) }
        guard let last = open.popLast() else { throw error("</\(name)> closes nothing", at: eventOffset) }
        guard last.name == name else {
            let place = position(of: last.offset)
            throw error("</\(name)> stands where <\(last.name)> of \(place) must be closed first", at: eventOffset)
        }
        return .end(name: name)
    }

    private mutating func text() throws(PhonemeError) -> String {
        var text: [UInt8] = []
        while next < bytes.count, bytes[next] != UInt8(ascii: "<") {
            if bytes[next] == UInt8(ascii: "&") {
                try entity(into: &text)
            } else {
                text.append(bytes[next])
                next += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The longest is `&#x10FFFF;`, but zeros may stand before the digits.
    private static let longestEntity = 24

    private mutating func entity(into target: inout [UInt8]) throws(PhonemeError) {
        let start = next
        guard let end = bytes[start...].prefix(Self.longestEntity).firstIndex(of: UInt8(ascii: ";")) else {
            throw error("'&' must be written &amp;", at: start)
        }
        let name = String(decoding: bytes[start + 1..<end], as: UTF8.self)
        guard let scalar = Self.scalar(of: name) else {
            throw error("The entity &\(EspeakText.clean(name)); is not known", at: start)
        }
        target += Array(String(Character(scalar)).utf8)
        next = end + 1
    }

    private static func scalar(of entity: String) -> Unicode.Scalar? {
        switch entity {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard entity.hasPrefix("#") else { return nil }
            let isHexadecimal = entity.hasPrefix("#x")
            let digits = entity.dropFirst(isHexadecimal ? 2 : 1)
            // The number's own parser would take a sign.
            guard digits.allSatisfy(\.isHexDigit),
                let number = UInt32(digits, radix: isHexadecimal ? 16 : 10), number > 0
            else { return nil }
            return Unicode.Scalar(number)
        }
    }

    private mutating func name(_ expected: String) throws(PhonemeError) -> String {
        let start = next
        while next < bytes.count, Self.isNamePart(bytes[next], isFirst: next == start) { next += 1 }
        guard next > start else { throw error("There should be \(expected)", at: start) }
        guard next - start <= 100 else { throw error("No name is that long", at: start) }
        return String(decoding: bytes[start..<next], as: UTF8.self)
    }

    private static func isNamePart(_ byte: UInt8, isFirst: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), 0x80...:
            true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): !isFirst
        default: false
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (9...13).contains(byte)
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = next
        while next < bytes.count, Self.isSpace(bytes[next]) { next += 1 }
        return next > start
    }

    private mutating func skip(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard bytes.count - next >= count,
            bytes[next..<next + count].elementsEqual(UnsafeBufferPointer(start: literal.utf8Start, count: count))
        else { return false }
        next += count
        return true
    }

    private mutating func skip(to literal: StaticString, _ what: String) throws(PhonemeError) {
        while next < bytes.count {
            if skip(literal) { return }
            next += 1
        }
        throw error("There is \(what) that does not end", at: eventOffset)
    }
}
