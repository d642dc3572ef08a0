/// Turns tokens into text as they arrive, holding back the bytes of a character until its last token is there.
///
/// All texts together are what `Tokenizer.decode` makes of all tokens.
public struct StreamingTextDecoder: Sendable {
    private let tokenizer: Tokenizer
    /// The beginning of a character: at most three bytes.
    private var held: [UInt8] = []

    public init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
    }

    /// The text that a token completes; timestamps have none.
    public mutating func append(_ token: Int) -> String {
        guard token < tokenizer.special.timestampBegin else { return "" }
        held.append(contentsOf: tokenizer.tokens[token])
        let end = held.count - Self.incompleteSuffix(held)
        let text = String(decoding: held[..<end], as: UTF8.self)
        held.removeFirst(end)
        return text
    }

    /// What is left at the end: U+FFFD if the last character was not completed, or nothing.
    public mutating func finish() -> String {
        defer { held.removeAll() }
        return String(decoding: held, as: UTF8.self)
    }

    /// Number of bytes at the end that more bytes could complete to a character (Unicode, table 3-7).
    private static func incompleteSuffix(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let start = bytes.count - length
            let (count, second): (Int, ClosedRange<UInt8>) =
                switch bytes[start] {
                case 0xC2...0xDF: (2, 0x80...0xBF)
                case 0xE0: (3, 0xA0...0xBF)
                case 0xED: (3, 0x80...0x9F)
                case 0xE1...0xEF: (3, 0x80...0xBF)
                case 0xF0: (4, 0x90...0xBF)
                case 0xF1...0xF3: (4, 0x80...0xBF)
                case 0xF4: (4, 0x80...0x8F)
                default: (0, 0x80...0xBF)
                }
            let continuation = bytes[(start + 1)...]
            if length < count, continuation.first.map(second.contains) ?? true,
                continuation.dropFirst().allSatisfy({ (0x80...0xBF).contains($0) })
            {
                return length
            }
        }
        return 0
    }
}
