/// Numbers that stand for themselves: ordinals, decades, years, fractions, powers of ten and plain numbers.
extension EnglishReader {
    /// "1st", "22nd", "1,000th".
    func ordinalNumber(at index: Int) -> Reading? {
        guard let literal = number(at: index), literal.fraction == nil, let suffix = text.lowercasedWord(literal.end),
            ["st", "nd", "rd", "th"].contains(suffix)
        else { return nil }
        return Reading(words: numbers.ordinal(literal.integer), end: literal.end + 1)
    }

    /// "1990s", "the 80s", "1900's".
    func decade(at index: Int) -> Reading? {
        guard let digits = text.digits(index), digits.last == "0", let value = text.integer(index),
            text.kind(index - 1) != .word,
            digits.count == 4 ? (1000...2990).contains(value) : digits.count == 2 && value >= 20
        else { return nil }
        let suffix = text.isSymbol(index + 1, "'") ? index + 2 : index + 1
        guard text.word(suffix) == "s" else { return nil }
        return Reading(words: numbers.decade(digits), end: suffix + 1)
    }

    /// "MP3s", "Boeing 747s": more than one of what bears the number.
    func pluralNumber(at index: Int) -> Reading? {
        guard let digits = text.digits(index), digits.count <= 4, text.word(index + 1) == "s",
            text.kind(index - 1) == .word && text.kind(index - 2) != .number
                || text.isCapitalized(text.beforeSpace(index))
                || (text.isSymbol(index - 1, "-") && text.kind(index - 2) == .word)
        else { return nil }
        let words = digits.count == 3 ? inPairs(digits) : numbers.cardinal(digits)
        let plural = words.hasSuffix("y") ? words.dropLast() + "ies" : words + (words.hasSuffix("x") ? "es" : "s")
        return Reading(words: plural, end: index + 2)
    }

    /// "'90s", "'04": an apostrophe in place of the century.
    func shortYear(at index: Int) -> Reading? {
        guard text.isSymbol(index, "'"), text.beginsChunk(index), let digits = text.digits(index + 1), digits.count == 2
        else { return nil }
        if let decade = decade(at: index + 1) { return decade }
        // A closing quotation mark would follow a quoted number.
        guard !text.isSymbol(index + 2, "'") else { return nil }
        return Reading(words: numbers.pair(digits), end: index + 2)
    }

    /// "1905" where nothing counts by it.
    func year(at index: Int) -> Reading? {
        guard let digits = text.digits(index), digits.count == 4, let value = text.integer(index),
            (1100...2099).contains(value) || ((1000...1099).contains(value) && isDated(at: index)),
            !(text.isSymbol(index + 1, ".", ",") && text.kind(index + 2) == .number),
            !countsThings(at: index)
        else { return nil }
        return Reading(words: numbers.year(digits), end: index + 1)
    }

    private static let wordsBeforeYears: Set<String> = [
        "in", "since", "until", "till", "by", "from", "before", "after", "during", "circa", "year", "early", "late",
        "mid", "to", "between", "and", "of", "the", "spring", "summer", "autumn", "fall", "winter", "through", "around",
    ]
    private static let wordsBeforeCounts: Set<String> = [
        "over", "nearly", "almost", "exactly", "only", "than", "least", "most", "approximately", "roughly", "every",
        "another",
    ]
    private static let countedWords: Set<String> = [
        "people", "men", "women", "children", "feet", "percent", "dollars", "million", "billion", "thousand", "sheep",
        "cattle", "or", "more",
    ]

    /// "in 1066".
    private func isDated(at index: Int) -> Bool {
        ["in", "since", "until", "year", "circa", "from", "ad"].contains(
            text.lowercasedWord(text.beforeSpace(index)) ?? "")
    }

    /// The four digits are a quantity: "1500 men", "more than 1200".
    private func countsThings(at index: Int) -> Bool {
        let before = text.lowercasedWord(text.beforeSpace(index)) ?? ""
        if Self.wordsBeforeCounts.contains(before) { return true }
        if Self.wordsBeforeYears.contains(before) || EnglishCalendar.month(before) != nil { return false }
        guard text.kind(index + 1) == .space, let next = text.word(index + 2) else { return false }
        if Self.countedWords.contains(next) { return true }
        let plural = next.count > 3 && next.hasSuffix("s") && !next.hasSuffix("ss") && !next.hasSuffix("us")
        return plural && text.isLowercase(index + 2) && !["was", "has", "is", "saw", "does", "its"].contains(next)
    }

    /// "fifteen hundred men": hundreds without a comma between the thousands.
    func hundreds(at index: Int) -> Reading? {
        guard let digits = text.digits(index), digits.count == 4, number(at: index)?.end == index + 1,
            countsThings(at: index), let words = hundreds(digits)
        else { return nil }
        return Reading(words: words, end: index + 1)
    }

    /// "fifteen hundred" for 1500, where that is the custom.
    func hundreds(_ digits: ArraySlice<Unicode.Scalar>) -> String? {
        guard !conventions.british, digits.count == 4, digits.suffix(2).allSatisfy({ $0 == "0" }), digits.first != "0",
            digits.dropFirst().first != "0"
        else { return nil }
        return numbers.cardinal(digits.prefix(2)) + " hundred"
    }

    /// A number that no other rule wants.
    func plainNumber(at index: Int) -> Reading? {
        guard let literal = number(at: index) else { return nil }
        return Reading(words: words(of: literal), end: literal.end)
    }

    /// ".5" after a blank.
    func decimalWithoutZero(at index: Int) -> Reading? {
        guard text.isSymbol(index, "."), text.beginsChunk(index) || text.isSymbol(index - 1, "-", "\u{2212}", "+", "~")
        else { return nil }
        return quantity(at: index) ?? plainNumber(at: index)
    }

    /// "6.02e23", "1e-9".
    func scientificNumber(at index: Int) -> Reading? {
        guard let literal = number(at: index), text.lowercasedWord(literal.end) == "e" else { return nil }
        let signed = text.isSymbol(literal.end + 1, "-", "+", "\u{2212}")
        let exponent = literal.end + (signed ? 2 : 1)
        guard let digits = text.digits(exponent) else { return nil }
        let sign = signed && !text.isSymbol(literal.end + 1, "+") ? "minus " : ""
        let power = sign + numbers.cardinal(digits)
        return Reading(words: words(of: literal) + " times ten to the power of " + power, end: exponent + 1)
    }

    // MARK: Fractions

    /// The values of the one-character fractions.
    static let vulgarFractions: [Unicode.Scalar: (Int, Int)] = [
        "\u{BD}": (1, 2), "\u{BC}": (1, 4), "\u{BE}": (3, 4), "\u{2150}": (1, 7), "\u{2151}": (1, 9),
        "\u{2152}": (1, 10), "\u{2153}": (1, 3), "\u{2154}": (2, 3), "\u{2155}": (1, 5), "\u{2156}": (2, 5),
        "\u{2157}": (3, 5), "\u{2158}": (4, 5), "\u{2159}": (1, 6), "\u{215A}": (5, 6), "\u{215B}": (1, 8),
        "\u{215C}": (3, 8), "\u{215D}": (5, 8), "\u{215E}": (7, 8),
    ]

    private static let wordsBeforeDates: Set<String> = [
        "on", "by", "until", "till", "since", "due", "dated", "before", "after", "through",
    ]
    /// Numbers with a stroke that are names.
    private static let namedPairs: Set<String> = ["24/7", "9/11", "7/7", "50/50", "20/20", "60/40", "80/20", "70/30"]

    /// "3/4", "3 1/4", "2½"; "on 3/4" is a date.
    func simpleFraction(at index: Int) -> Reading? {
        if let season = season(at: index) { return season }
        if let (numerator, denominator, end) = fraction(at: index) {
            if let name = namedPair(at: index) ?? timeSignature(at: index, numerator, denominator) { return name }
            if let date = dateWithoutYear(at: index, numerator, denominator, end: end) { return date }
            if let rating = rating(at: index, numerator, denominator, end: end) { return rating }
            guard let words = fractionWords(numerator, denominator) else { return nil }
            return numerator < denominator
                ? partOfUnit(words, at: index, end: end) : withUnit(words, end: end, isOne: false)
        }
        guard let literal = number(at: index), literal.fraction == nil else { return nil }
        let start = text.skippingSpace(literal.end)
        guard let (numerator, denominator, end) = fraction(at: start), numerator < denominator,
            let words = numbers.fraction(numerator, denominator)
        else { return nil }
        return withUnit(self.words(of: literal) + " and " + words, end: end, isOne: false)
    }

    /// "3/4 inch": "three quarters of an inch", but "a 3/4 inch pipe" and "half a mile".
    private func partOfUnit(_ words: String, at index: Int, end: Int) -> Reading {
        let plain = withUnit(words, end: end, isOne: true)
        let before = text.lowercasedWord(text.beforeSpace(index)) ?? ""
        let next = text.skippingSpace(end)
        let named = text.word(next).map(Self.dividedUnits.contains) == true && next > end
        guard plain.end > end || named, !text.isSymbol(end, "%", "-"), !["a", "an", "the"].contains(before),
            !text.isSymbol(index - 1, "-")
        else { return plain }
        let unit = named ? text.text(next) : String(plain.words.dropFirst(words.count + 1))
        let article = "aeiou".contains(unit.first ?? " ") || unit.hasPrefix("hour") ? "an " : "a "
        let part = words == "one half" ? "half " : words + " of "
        return Reading(words: part + article + unit, end: named ? next + 1 : plain.end)
    }

    private static let dividedUnits: Set<String> = [
        "inch", "mile", "cup", "teaspoon", "tablespoon", "pound", "ounce", "hour", "minute", "kilometer", "meter",
        "pint", "gallon", "year", "century", "acre", "day", "foot",
    ]

    /// A fraction of two small numbers, or of one character.
    func fraction(at index: Int) -> (numerator: Int, denominator: Int, end: Int)? {
        if let symbol = text.symbol(index), let (numerator, denominator) = Self.vulgarFractions[symbol] {
            return (numerator, denominator, index + 1)
        }
        guard let numerator = text.integer(index), text.isSymbol(index + 1, "/"),
            let denominator = text.integer(index + 2), !text.isSymbol(index + 3, "/"), !text.isSymbol(index - 1, "/"),
            !(text.isSymbol(index + 3, ".", ",") && text.kind(index + 4) == .number)
        else { return nil }
        return (numerator, denominator, index + 3)
    }

    private func fractionWords(_ numerator: Int, _ denominator: Int) -> String? {
        if denominator <= 16 || (numerator == 1 && denominator <= 1000)
            || [20, 32, 64, 100, 1000].contains(denominator),
            numerator < 100, let words = numbers.fraction(numerator, denominator)
        {
            return words
        }
        return numbers.cardinal(numerator) + " over " + numbers.cardinal(denominator)
    }

    /// "2023/24", which two years share.
    private func season(at index: Int) -> Reading? {
        guard let digits = text.digits(index), digits.count == 4, let year = text.integer(index),
            (1100...2099).contains(year), text.isSymbol(index + 1, "/"), let next = text.digits(index + 2),
            next.count == 2, text.integer(index + 2) == (year + 1) % 100, !text.isSymbol(index + 3, "/")
        else { return nil }
        return Reading(words: numbers.year(digits) + " to " + numbers.pair(next), end: index + 3)
    }

    private func namedPair(at index: Int) -> Reading? {
        guard Self.namedPairs.contains(text.text(index) + "/" + text.text(index + 2)),
            let first = text.digits(index), let second = text.digits(index + 2)
        else { return nil }
        return Reading(words: numbers.cardinal(first) + " " + numbers.cardinal(second), end: index + 3)
    }

    private func dateWithoutYear(at index: Int, _ first: Int, _ second: Int, end: Int) -> Reading? {
        guard let before = text.lowercasedWord(text.beforeSpace(index)), Self.wordsBeforeDates.contains(before) else {
            return nil
        }
        let month = conventions.monthFirst ? first : second
        let day = conventions.monthFirst ? second : first
        guard let words = dateWords(year: nil, month: month, day: day) else { return nil }
        return Reading(words: words, end: end)
    }
}
