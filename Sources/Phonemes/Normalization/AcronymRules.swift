/// Words in capitals: read as words or letter by letter. espeak-ng decides well on most; these rules correct it.
extension EnglishReader {
    /// Initialisms that espeak-ng 1.51 would read as a word.
    private static let initialisms: Set<String> = [
        "ACLU", "AD", "ADD", "AKA", "ALS", "AMA", "AOC", "APA", "ATF", "AWS", "BA", "MA", "CE", "CLI", "COO", "DEA",
        "DOD",
        "DOE", "DUI", "ECG", "EEA", "EEG", "EKG", "EMT", "EOF", "EPA", "EPO", "ER", "ESA", "ESP", "ETA", "ETF", "EV",
        "EVS",
        "FAA", "FAQ", "GED", "GOP", "IBS", "ICU", "IDE", "IMF", "IOU", "IPO", "IQ", "IRA", "ISS", "IV", "IVF", "NCAA",
        "NGO", "NIH", "NYC", "NYU", "OED", "PA", "PTA", "QA", "ROI", "TSA", "UAE", "UAV", "UHF", "UPS", "URI", "USC",
        "UX",
        "VIP", "YMCA", "YWCA", "EGFR", "AFAIK", "GUI", "API", "AOL", "EIN", "UFC", "UAW", "IAEA",
    ]
    /// Letters and words mixed in ways that no rule would guess.
    private static let spellings: [String: String] = [
        "IEEE": "I triple E", "NAACP": "N double A.C.P", "IPv": "I.P.V", "PhD": "P.H.D", "PhDs": "P.H.D's",
        "CAPTCHA": "captcha", "MiB": "mebibytes", "WWI": "World War One", "WWII": "World War Two", "iOS": "I.O.S",
        "macOS": "mac O.S", "EUR": "euros", "mRNA": "M.R.N.A", "LaTeX": "lay tech", "BSc": "B.S.C",
        "MSc": "M.S.C", "eBay": "e bay", "GIFs": "gifs", "WiFi": "why fy", "UNHCR": "U.N.H.C.R",
        "OAuth": "oh auth", "COVID": "covid", "SQLite": "S.Q.L light", "MySQL": "my S.Q.L", "AIDS": "aids",
    ]

    /// Correct the reading of a word in capitals, and of plurals such as "UAVs".
    func initialism(at index: Int) -> Reading? {
        guard text.length(index) <= 8, text.slice(index).contains(where: \.isUppercaseLetter),
            let word = text.word(index)
        else { return nil }
        if let spelling = Self.spellings[word] { return Reading(words: spelling, end: index + 1) }
        if word.hasSuffix("'s"), let spelling = Self.spellings[String(word.dropLast(2))] {
            return Reading(words: spelling + "'s", end: index + 1)
        }
        if Self.initialisms.contains(word) { return Reading(words: Self.letters(word), end: index + 1) }
        let plural =
            word.hasSuffix("'s") ? String(word.dropLast(2)) : word.hasSuffix("s") ? String(word.dropLast()) : ""
        if Self.initialisms.contains(plural) {
            return Reading(words: Self.letters(plural) + "'s", end: index + 1)
        }
        // "AT&T", "R&D": what stands beside an ampersand is spelled.
        let beside = text.isSymbol(index + 1, "&") || text.isSymbol(index - 1, "&")
        guard beside, text.isAllCapitals(index), (2...3).contains(word.count) else { return nil }
        return Reading(words: Self.letters(word), end: index + 1)
    }

    /// Letters with stops between them, which espeak-ng reads one by one; a single A would be taken for the article.
    static func letters(_ word: String) -> String {
        let letters = word.uppercased()
        return letters == "A" ? "eh" : letters.map(String.init).joined(separator: ".")
    }

    private static let wordsBeforeA: Set<String> = [
        "vitamin", "plan", "grade", "section", "type", "group", "class", "hepatitis", "team", "option", "exhibit",
        "part",
        "appendix", "influenza", "point", "side", "level", "category", "and", "letter", "schedule", "table",
    ]

    /// "Vitamin A", "Q&A": the letter, where espeak-ng would read the article.
    func letterA(at index: Int) -> Reading? {
        guard text.length(index) == 1, text.lowercasedWord(index) == "a" else { return nil }
        // "seat 12A".
        if text.kind(index - 1) == .number { return Reading(words: "eh", end: index + 1) }
        guard text.word(index) == "A" else { return nil }
        let before = text.beforeSpace(index)
        let word = text.lowercasedWord(before) ?? ""
        let named = Self.wordsBeforeA.contains(word) && !text.isLowercase(index + 2)
        let known = Self.wordsBeforeA.contains(word) && !["and", "part", "side"].contains(word)
        let paired = text.isSymbol(index + 1, "/") && text.isCapitalized(index + 2)
        guard text.isSymbol(index - 1, "&") || text.isSymbol(index + 1, "&") || paired || named || known else {
            return nil
        }
        return Reading(words: "eh", end: index + 1)
    }

    private static let shouted: Set<String> = ["IT", "US", "AM", "WHO"]

    /// "GIVE IT TO US": words that would be initialisms, between other words in capitals.
    func shoutedWord(at index: Int) -> Reading? {
        guard text.length(index) <= 3, text.isAllCapitals(index), let word = text.word(index),
            Self.shouted.contains(word)
        else { return nil }
        let neighbours = [text.beforeSpace(index), text.skippingSpace(index + 1)]
        let shouts = neighbours.contains { neighbour in
            guard text.isAllCapitals(neighbour), let other = text.word(neighbour) else { return false }
            return other.count > 1 && !Self.shouted.contains(other) && !Self.initialisms.contains(other)
                && other.contains { "AEIOUY".contains($0) }
        }
        return shouts ? Reading(words: word.lowercased(), end: index + 1) : nil
    }

    /// "C#", "C++", "F#".
    func programmingLanguage(at index: Int) -> Reading? {
        guard text.length(index) == 1, text.isSymbol(index + 1, "#", "+"), let word = text.word(index),
            ["C", "F", "J", "A"].contains(word)
        else { return nil }
        if text.isSymbol(index + 1, "#"), text.kind(index + 2) != .word, text.kind(index + 2) != .number {
            return Reading(words: word + " sharp", end: index + 2)
        }
        if text.isSymbol(index + 1, "+"), text.isSymbol(index + 2, "+") {
            return Reading(words: word + " plus plus", end: index + 3)
        }
        return nil
    }
}
