/// Cuts text into the words that are encoded one by one, as GPT-2's pattern does:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// One pass over the scalars, without going back further than one scalar.
struct PreTokenizer {
    private enum Class {
        case letter, number, space, other
    }

    private let text: UnsafeRawBufferPointer
    private var position = 0

    /// - Parameter text: valid UTF-8, which stays in place while the words are taken.
    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// The byte range of the next word; nil at the end.
    mutating func next() -> Range<Int>? {
        guard position < text.count else { return nil }
        let start = position
        position = endOfWord(at: start)
        return start..<position
    }

    private func endOfWord(at start: Int) -> Int {
        if let end = endOfContraction(at: start) { return end }
        let (first, afterFirst) = scalar(at: start)
        if first != .space { return endOfRun(of: first, from: afterFirst) }
        if text[start] == UInt8(ascii: " "), afterFirst < text.count {
            let (second, afterSecond) = scalar(at: afterFirst)
            if second != .space { return endOfRun(of: second, from: afterSecond) }
        }
        return endOfSpaces(from: start)
    }

    /// White space before a word leaves its last scalar to that word, unless it is that scalar alone.
    private func endOfSpaces(from start: Int) -> Int {
        var last = start
        var end = start
        while end < text.count {
            let (kind, next) = scalar(at: end)
            if kind != .space { return last > start ? last : end }
            last = end
            end = next
        }
        return end
    }

    private func endOfRun(of kind: Class, from start: Int) -> Int {
        var end = start
        while end < text.count {
            let (next, after) = scalar(at: end)
            if next != kind { break }
            end = after
        }
        return end
    }

    private func endOfContraction(at start: Int) -> Int? {
        guard text[start] == UInt8(ascii: "'"), start + 1 < text.count else { return nil }
        let second = start + 2 < text.count ? text[start + 2] : 0
        switch (text[start + 1], second) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
            return start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        default:
            return nil
        }
    }

    /// Class of the scalar at a byte offset, and the offset after it.
    private func scalar(at offset: Int) -> (kind: Class, next: Int) {
        let lead = text[offset]
        if lead < 0x80 { return (Self.asciiClass(lead), offset + 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        let end = min(offset + length, text.count)
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for i in (offset + 1)..<end { value = value << 6 | UInt32(text[i] & 0x3F) }
        return (Unicode.Scalar(value).map(Self.unicodeClass) ?? .other, end)
    }

    private static func asciiClass(_ byte: UInt8) -> Class {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        case 0x09...0x0D, 0x20: .space
        default: .other
        }
    }

    private static func unicodeClass(_ scalar: Unicode.Scalar) -> Class {
        let properties = scalar.properties
        return switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
        case .decimalNumber, .letterNumber, .otherNumber: .number
        default: properties.isWhitespace ? .space : .other
        }
    }
}
