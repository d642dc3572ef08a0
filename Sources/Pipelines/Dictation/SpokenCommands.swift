/// What is said to the dictation instead of being dictated, per language.
public struct SpokenCommands: Sendable, Equatable {
    public enum Command: String, Sendable, CaseIterable {
        case newLine = "new-line"
        case newParagraph = "new-paragraph"
        /// Takes back what was said since the last pause; said after a pause, what was said before it.
        case scratch

        /// What is written for it.
        var text: String {
            switch self {
            case .newLine: "\n"
            case .newParagraph: "\n\n"
            case .scratch: ""
            }
        }
    }

    /// Phrases as lists of words in lower case, without punctuation.
    public private(set) var phrases: [[String]: Command] = [:]

    /// Most words that a phrase may have.
    private static let longestPhrase = 8

    /// No commands.
    public init() {}

    /// The phrases of a language; none for languages that have no table here.
    public init(language: String) {
        for (phrase, command) in Self.tables[language] ?? [] { add(phrase, command) }
    }

    /// Adds a phrase, or gives it another meaning; one without words, or with too many, is passed over.
    public mutating func add(_ phrase: String, _ command: Command) {
        let words = phrase.split(whereSeparator: \.isWhitespace).map { Self.bare(String($0)) }.filter { !$0.isEmpty }
        guard !words.isEmpty, words.count <= Self.longestPhrase else { return }
        phrases[words] = command
    }

    /// Takes a phrase away.
    public mutating func remove(_ command: Command) {
        phrases = phrases.filter { $0.value != command }
    }

    /// Whether some phrase begins with these words and goes on.
    func isBeginning(_ words: [String]) -> Bool {
        phrases.keys.contains { $0.count > words.count && $0.starts(with: words) }
    }

    /// A word in lower case, without anything but letters and digits.
    static func bare(_ word: String) -> String {
        String(
            String.UnicodeScalarView(
                word.lowercased().unicodeScalars.filter {
                    $0.properties.isAlphabetic || $0.properties.numericType != nil
                }))
    }

    private static let tables: [String: [(String, Command)]] = [
        "en": [
            ("new line", .newLine), ("newline", .newLine), ("new paragraph", .newParagraph),
            ("scratch that", .scratch),
        ],
        "de": [("neue Zeile", .newLine), ("neuer Absatz", .newParagraph), ("streich das", .scratch)],
        "fr": [
            ("nouvelle ligne", .newLine), ("à la ligne", .newLine), ("nouveau paragraphe", .newParagraph),
            ("efface ça", .scratch),
        ],
        "es": [("nueva línea", .newLine), ("nuevo párrafo", .newParagraph), ("borra eso", .scratch)],
        "it": [("nuova riga", .newLine), ("nuovo paragrafo", .newParagraph), ("cancella questo", .scratch)],
        "pt": [("nova linha", .newLine), ("novo parágrafo", .newParagraph), ("apaga isso", .scratch)],
        "nl": [("nieuwe regel", .newLine), ("nieuwe alinea", .newParagraph), ("schrap dat", .scratch)],
    ]
}
