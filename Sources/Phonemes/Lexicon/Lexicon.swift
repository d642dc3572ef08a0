/// Pronunciations that a user has written down, which count more than espeak-ng's.
///
/// One entry to a line, `word = phonemes`, in UTF-8. A word may be several words; what is behind `#` at a line's start or
/// behind a space is a comment. Phonemes are IPA (`təˈmɑːtoʊ`), or espeak-ng's mnemonics in double brackets
/// (`[[t@m'A:toU]]`). A word of capital and small letters (`Polish`) counts only where it is written so, any other in
/// every case. Of two entries of one word the later counts. A word with digits or symbols (`C++`, `3D`) is looked for in
/// the text as it was written, any other in what is read aloud; English words are found with `'s` behind them, too.
///
/// ```
/// # names
/// Nguyen = ˈwɪn
/// gif = [[dZ'If]]
/// New Orleans = nuː ˈɔːɹlɪnz
/// ```
public struct Lexicon: Sendable, Equatable {
    public static let mostEntries = 65_536
    /// Bytes that a lexicon may have.
    public static let longest = 8 << 20
    /// Words of one entry.
    static let mostWords = 8

    private var exact: [String: [Phoneme]] = [:]
    private var folded: [String: [Phoneme]] = [:]
    private let isEnglish: Bool
    /// Words of the entry that has most of them.
    private(set) var longestEntry = 0
    /// An entry has digits or symbols.
    private(set) var hasSymbols = false

    /// An empty lexicon.
    public init() {
        self.init(language: "")
    }

    init(language: String) {
        isEnglish = language.lowercased().hasPrefix("en")
    }

    public var isEmpty: Bool { longestEntry == 0 }
    public var count: Int { exact.count + folded.count }

    /// Pronunciation of `word`, whose words are separated by single spaces.
    public func phonemes(of word: String) -> [Phoneme]? {
        guard !isEmpty else { return nil }
        return exact[word] ?? folded[word.lowercased()] ?? possessive(word)
    }

    /// `Nguyen's` where the lexicon has `Nguyen`: with the ending that its last sound asks for.
    private func possessive(_ word: String) -> [Phoneme]? {
        guard isEnglish, word.hasSuffix("'s") || word.hasSuffix("\u{2019}s") else { return nil }
        let owner = String(word.dropLast(2))
        guard let phonemes = exact[owner] ?? folded[owner.lowercased()], let last = phonemes.last else { return nil }
        switch last.symbol {
        case "s", "z", "ʃ", "ʒ", "tʃ", "dʒ": return phonemes + [Phoneme("ᵻ"), Phoneme("z")]
        case "p", "t", "k", "f", "θ": return phonemes + [Phoneme("s")]
        default: return phonemes + [Phoneme("z")]
        }
    }

    mutating func add(_ word: String, words: Int, _ phonemes: [Phoneme]) {
        hasSymbols = hasSymbols || LexiconWords.hasSymbols(word)
        if Self.isMixed(word) {
            exact[word] = phonemes
        } else {
            folded[word.lowercased()] = phonemes
        }
        longestEntry = max(longestEntry, words)
    }

    private static func isMixed(_ word: String) -> Bool {
        word.contains(where: \.isUppercase) && word.contains(where: \.isLowercase)
    }
}
