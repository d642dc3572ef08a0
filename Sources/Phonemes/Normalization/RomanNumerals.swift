/// Roman numerals.
enum RomanNumeral {
    private static let values: [Unicode.Scalar: Int] = [
        "I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000,
    ]
    private static let spellings: [(Int, String)] = [
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
        (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ]

    /// The value of a numeral in capitals, spelled as it should be; nil for anything else, and above 3999.
    static func value(_ letters: some Collection<Unicode.Scalar>) -> Int? {
        guard !letters.isEmpty, letters.count <= 15 else { return nil }
        var total = 0
        var previous = 0
        for letter in letters.reversed() {
            guard let value = values[letter] else { return nil }
            total += value < previous ? -value : value
            previous = max(previous, value)
        }
        guard total > 0, total < 4000, spelling(of: total).unicodeScalars.elementsEqual(letters) else { return nil }
        return total
    }

    private static func spelling(of value: Int) -> String {
        var rest = value
        var letters = ""
        for (worth, spelling) in spellings {
            while rest >= worth {
                letters += spelling
                rest -= worth
            }
        }
        return letters
    }
}

/// "Henry VIII", "Chapter IV", "World War II", "the XIX century", but neither "I" nor "mix".
extension EnglishReader {
    private static let numberedThings: Set<String> = [
        "chapter", "part", "section", "volume", "vol", "act", "scene", "book", "article", "appendix", "phase", "type",
        "class", "title", "figure", "table", "episode", "level", "mark", "war", "bowl", "stage", "grade", "unit",
        "lesson",
        "canto", "psalm", "verse", "series", "season", "cycle", "amendment", "factor", "apollo", "saturn", "rocky",
        "vatican", "category", "group", "division", "tier", "panel", "annex", "corps", "legion", "olympiad", "region",
        "star", "installment", "game", "version", "exhibit", "sonata", "symphony", "schedule", "quadrant",
    ]
    private static let rulers: Set<String> = [
        "henry", "louis", "george", "edward", "charles", "james", "william", "elizabeth", "richard", "john", "paul",
        "pius", "benedict", "gregory", "leo", "innocent", "clement", "napoleon", "frederick", "philip", "ferdinand",
        "alexander", "nicholas", "peter", "catherine", "mary", "ivan", "ptolemy", "ramses", "rameses", "ramesses",
        "darius", "xerxes", "constantine", "otto", "alfonso", "carlos", "juan", "gustav", "christian", "haakon", "olav",
        "harald", "margaret", "urban", "boniface", "sixtus", "julius", "francis", "leopold", "maximilian", "rudolf",
        "umberto", "albert", "robert", "stephen", "thutmose", "amenhotep", "artaxerxes", "antiochus",
        "cleopatra", "michael", "selim", "suleiman", "mehmed", "murad", "wilhelm", "friedrich", "edmund", "harold",
        "david", "henri", "felipe", "pedro", "manuel", "isabella", "eric", "magnus", "adolf", "gustavus", "casimir",
        "sigismund", "emmanuel", "celestine", "honorius", "adrian", "nicolas", "justinian", "theodosius", "hassan",
        "mohammed", "abdullah", "hussein", "claudius", "conrad", "lothair", "baldwin", "victoria", "anne", "charlotte",
    ]
    private static let titles: Set<String> = [
        "king", "queen", "pope", "emperor", "empress", "tsar", "czar", "kaiser", "prince", "sultan", "pharaoh", "saint",
        "shah", "duke",
    ]
    /// Numerals that are read as words or letters where nothing says otherwise.
    private static let ambiguous: Set<String> = [
        "I", "V", "X", "L", "C", "D", "M", "IV", "VI", "XI", "XX", "XXX", "XL", "MIX", "DIM", "CIVIL", "MILD", "LIVID",
        "VIM", "MI", "MD", "MC", "DC", "CD", "CV", "CC", "MM", "DI", "DIV", "LIV", "CIV", "ML", "CL", "DL", "CM", "LI",
        "DVI", "CI", "LL", "MDC", "MCI", "DVD", "LX", "LV", "CX", "XXL", "MMC", "CDC", "DX", "MV", "CIX", "MX", "CDI",
    ]

    func romanNumeral(at index: Int) -> Reading? {
        guard text.isCapitalized(index), text.length(index) <= 17 else { return nil }
        let letters = text.slice(index).prefix(while: \.isUppercaseLetter)
        let ending = String(scalars: text.slice(index).dropFirst(letters.count))
        guard let value = RomanNumeral.value(letters), !text.isSymbol(index - 1, ".", "/", "'", "-") else { return nil }
        if !ending.isEmpty { return inflected(String(scalars: letters), value, ending, at: index) }
        guard text.kind(index + 1) != .number,
            !text.isSymbol(index + 1, "-", "'") || isNumberedThing(index, isRange: true)
        else {
            return nil
        }
        if text.isSymbol(index + 1, "-", "\u{2013}"), text.isAllCapitals(index + 2),
            let last = RomanNumeral.value(text.slice(index + 2)), isNumberedThing(index, isRange: true)
        {
            return Reading(words: numbers.cardinal(value) + " to " + numbers.cardinal(last), end: index + 3)
        }
        if ["century", "centuries"].contains(text.lowercasedWord(text.skippingSpace(index + 1)) ?? ""), value > 1 {
            return Reading(words: numbers.ordinal(value), end: index + 1)
        }
        if isRuler(index, isFirst: value == 1) {
            return Reading(words: "the " + numbers.ordinal(value), end: index + 1)
        }
        let known = isNumberedThing(index) || !Self.ambiguous.contains(text.text(index)) && value < 100
        return known ? Reading(words: numbers.cardinal(value), end: index + 1) : nil
    }

    /// "Charles III's", "Henry the VIIIth".
    private func inflected(_ letters: String, _ value: Int, _ ending: String, at index: Int) -> Reading? {
        let ordinal = numbers.ordinal(value)
        if ending == "'s" {
            if isRuler(index, isFirst: false) { return Reading(words: "the " + ordinal + "'s", end: index + 1) }
            let known = isNumberedThing(index, isRange: true) || !Self.ambiguous.contains(letters) && value < 100
            return known ? Reading(words: numbers.cardinal(value) + "'s", end: index + 1) : nil
        }
        let suffixes = [1: "st", 2: "nd", 3: "rd"]
        let suffix = (11...13).contains(value % 100) ? "th" : suffixes[value % 10] ?? "th"
        guard ending == suffix, value > 1, value < 100 else { return nil }
        let words = isRuler(index, isFirst: false) ? "the " + ordinal : ordinal
        return Reading(words: words, end: index + 1)
    }

    private func isNumberedThing(_ index: Int, isRange: Bool = false) -> Bool {
        let last = text.beforeSpace(index)
        let before = text.isSymbol(last, ".") ? last - 1 : last
        guard let word = text.lowercasedWord(before),
            Self.numberedThings.contains(word)
                || word.hasSuffix("s") && Self.numberedThings.contains(String(word.dropLast()))
        else { return false }
        // "the part I like" counts nothing.
        return text.text(index) != "I" || isRange || text.isCapitalized(before)
    }

    private func isRuler(_ index: Int, isFirst: Bool) -> Bool {
        let name = text.beforeSpace(index)
        guard text.isCapitalized(name), text.kind(index - 1) == .space, let ruler = text.lowercasedWord(name) else {
            return false
        }
        let titled = Self.titles.contains(text.lowercasedWord(text.beforeSpace(name)) ?? "")
        guard titled || Self.rulers.contains(ruler) else { return false }
        guard isFirst else { return true }
        // "Mary I think" is no queen.
        let next = text.skippingSpace(index + 1)
        let certain = ["of", "and", "ruled", "reigned", "the"].contains(text.lowercasedWord(next) ?? "")
        return titled || certain || text.kind(next) == nil || text.isSymbol(next, ".", ",", ")", ";")
    }
}
