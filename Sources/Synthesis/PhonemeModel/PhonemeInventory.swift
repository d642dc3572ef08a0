internal import Phonemes

/// The symbols that a voice knows, and the way from any other symbol to them: a voice speaks whatever it is given, as
/// near as it can.
struct PhonemeInventory: Sendable {
    /// A phoneme as the model reads it.
    struct Entry: Equatable {
        var symbol: Int32
        var stress: Int32
    }

    private let numbers: [String: Int32]
    /// Scalars of the longest symbol.
    private let longest: Int

    /// - Parameter symbols: in the order of their numbers.
    init(_ symbols: [String]) {
        var numbers: [String: Int32] = [:]
        for (number, symbol) in symbols.enumerated() { numbers[symbol] = Int32(number) }
        self.numbers = numbers
        longest = symbols.map(\.unicodeScalars.count).max() ?? 0
    }

    /// The entries for one phoneme: usually one, several for a symbol that stands for several, none for what nothing
    /// here resembles.
    func resolve(_ phoneme: Phoneme) -> [Entry] {
        let stress = Int32(min(phoneme.stress, 2))
        if let number = numbers[phoneme.symbol] { return [Entry(symbol: number, stress: stress)] }
        if let mark = punctuation(phoneme.symbol) { return [Entry(symbol: mark, stress: stress)] }
        let plain = Self.withoutModifiers(phoneme.symbol)
        if let number = numbers[plain] { return [Entry(symbol: number, stress: stress)] }
        return decompose(Array(phoneme.symbol.unicodeScalars.prefix(Self.longestUnknown)), stress)
    }

    /// Scalars of an unknown symbol that are looked at; phonemes have a handful.
    private static let longestUnknown = 64

    private func punctuation(_ symbol: String) -> Int32? {
        Self.weakerPunctuation[symbol].flatMap { $0.lazy.compactMap { numbers[$0] }.first }
    }

    /// Takes the longest known symbol from the front, again and again.
    private func decompose(_ scalars: [Unicode.Scalar], _ stress: Int32) -> [Entry] {
        var entries: [Entry] = []
        var stress = stress
        var position = 0
        while position < scalars.count {
            switch scalars[position] {
            case "ˈ": stress = 1
            case "ˌ": stress = 2
            default:
                let (number, length) = longestMatch(scalars[position...])
                if let number {
                    entries.append(Entry(symbol: number, stress: stress))
                    stress = 0
                }
                position += length
                continue
            }
            position += 1
        }
        return entries
    }

    private func longestMatch(_ scalars: ArraySlice<Unicode.Scalar>) -> (number: Int32?, length: Int) {
        for length in stride(from: min(longest, scalars.count), through: 1, by: -1) {
            var candidate = String.UnicodeScalarView()
            candidate.append(contentsOf: scalars.prefix(length))
            if let number = numbers[String(candidate)] { return (number, length) }
        }
        guard let first = scalars.first else { return (nil, 1) }
        let base = Character(first)
        let similar = Self.similar[base, default: []].lazy.compactMap { numbers[$0] }.first
        // A vowel that is known only long stands for the short one, and the other way round.
        return (similar ?? numbers[String(base) + "ː"], 1)
    }

    private static func withoutModifiers(_ symbol: String) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in symbol.unicodeScalars where !isModifier(scalar) { plain.append(scalar) }
        return String(plain)
    }

    private static func isModifier(_ scalar: Unicode.Scalar) -> Bool {
        (0x300...0x36F).contains(scalar.value) || "ːˑʰʲʷˠˤʼ˞ⁿˡ".unicodeScalars.contains(scalar)
    }

    private static let weakerPunctuation: [String: [String]] = [
        "…": [".", ","], "!": ["."], "?": ["."], ";": [",", "."], ":": [",", "."], "-": [",", "."], ",": ["."],
        ".": [","],
    ]

    /// What resembles a sound that a voice was not taught, best first, in espeak-ng's symbols.
    private static let similar: [Character: [String]] = [
        "a": ["ɑː", "æ", "aɪ", "ʌ"], "ɑ": ["ɑː", "a", "ɔ"], "ɒ": ["ɔ", "ɑː", "ɔː", "o"], "æ": ["a", "ɛ"],
        "ɐ": ["ə", "ʌ", "a"], "ʌ": ["ɐ", "ə", "a"], "ə": ["ɐ", "ᵻ", "e"], "ɘ": ["ə"], "ɵ": ["ə", "o"], "ᵻ": ["ɪ", "ə"],
        "ɨ": ["ᵻ", "ɪ", "i"], "e": ["ɛ", "eɪ", "eː"], "ɛ": ["e", "æ"], "ɜ": ["ɜː", "ə", "œ"], "ɚ": ["ɜː", "ə", "ɹ"],
        "i": ["iː", "ɪ"], "ɪ": ["i", "iː"], "y": ["uː", "iː", "i"], "ʏ": ["ʊ", "ɪ"], "ø": ["ɜː", "ə", "e"],
        "œ": ["ɜː", "ə", "ɛ"], "o": ["oʊ", "ɔː", "ɔ"], "ɔ": ["ɔː", "o", "ɑː"], "u": ["uː", "ʊ"], "ʊ": ["u", "uː"],
        "ɯ": ["ʊ", "uː"], "ɤ": ["ʌ", "oʊ"],
        "r": ["ɹ", "ɾ"], "ɹ": ["r"], "ɾ": ["t", "d", "r"], "ɻ": ["ɹ", "r"], "ʁ": ["ɹ", "r"], "ʀ": ["ɹ", "r"],
        "x": ["h", "k"], "χ": ["h", "k"], "ħ": ["h"], "ɦ": ["h"], "h": ["x"], "ç": ["ʃ", "h"], "ɕ": ["ʃ", "s"],
        "ʑ": ["ʒ", "z"], "ʂ": ["ʃ", "s"], "ʐ": ["ʒ", "z"], "ɣ": ["ɡ", "g"], "ʝ": ["j"], "g": ["ɡ"], "ɡ": ["g"],
        "q": ["k"], "ɢ": ["ɡ", "g"], "c": ["k", "tʃ"], "ɟ": ["dʒ", "ɡ", "d"], "ʈ": ["t"], "ɖ": ["d"], "ʔ": ["t"],
        "β": ["v", "b"], "ɸ": ["f"], "ʋ": ["v", "w"], "v": ["w", "f"], "ð": ["d", "z"], "θ": ["s", "t"],
        "ʃ": ["s"], "ʒ": ["z", "ʃ"], "ɲ": ["n"], "ŋ": ["n"], "ɳ": ["n"], "ɴ": ["ŋ", "n"], "ɱ": ["m"], "ʎ": ["l"],
        "ɭ": ["l"], "ɫ": ["l"], "ʟ": ["l"], "ɬ": ["l", "s"], "ɮ": ["l", "z"], "ʍ": ["w"], "ɥ": ["w", "j"],
        "ʦ": ["ts", "s"], "ʣ": ["dz", "z"], "ʧ": ["tʃ"], "ʤ": ["dʒ"],
    ]
}
