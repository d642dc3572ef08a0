/// Words for a stretch of tokens, found by a rule.
struct Reading {
    /// What is said; it may hold or end with punctuation, and be empty where nothing is said.
    var words: String
    /// Index of the first token after the stretch.
    var end: Int
}

/// The habits in which the countries that speak English differ.
struct EnglishConventions: Sendable {
    /// 3/4/2025 is in March.
    let monthFirst: Bool
    /// "one hundred and five", "metre", "fifty pence".
    let british: Bool

    /// The habits that go with a language tag such as `en-us`.
    init(language: String) {
        let tag = language.lowercased()
        british = tag.hasPrefix("en-") && !tag.hasPrefix("en-us") && !tag.hasPrefix("en-ca")
        monthFirst = !british
    }
}

/// Reads English text token by token: at each token the first rule that matches says how many tokens it reads and how.
///
/// Each rule looks only at tokens nearby, so the time to read a text is linear in its length.
struct EnglishReader: Sendable {
    /// A rule: the reading of the tokens from an index on, or nil where the rule does not apply.
    typealias Rule = @Sendable (EnglishReader) -> @Sendable (Int) -> Reading?

    let text: TokenizedText
    let conventions: EnglishConventions
    let numbers: EnglishNumbers
    /// The author says that the text is a quantity, so that a letter behind a number needs no further evidence.
    var expectsUnit = false

    init(_ scalars: [Unicode.Scalar], conventions: EnglishConventions) {
        text = TokenizedText(scalars)
        self.conventions = conventions
        numbers = EnglishNumbers(saysAnd: conventions.british)
    }

    // Computed once; a rule further up wins.
    private static let wordRules: [Rule] = [
        webAddress, quarter, monthDate, weekday, currencyBeforeNumber, rupees, dottedLetters,
        bookNumber, degreesOf, markMinus, romanNumeral, initial, latinPhrase, timeZone, abbreviation, stateBeforeZip,
        unitRatio,
        version, programmingLanguage,
        timesBetweenNumbers,
        letterA, initialism, shoutedWord,
    ]
    private static let numberRules: [Rule] = [
        webAddress, internetAddress, numericDate, clockTime, telephone, emergencyNumber, longPostalCode, numberedName,
        dayBeforeMonth,
        feetAndInches,
        amountBeforeCurrency, lapTime, pictureLines, ordinalNumber, decade, pluralNumber, decimalRating, simpleFraction,
        scientificNumber,
        quantity,
        versionNumber, hundreds, year,
        plainNumber,
    ]
    private static let symbolRules: [Rule] = [
        webAddress, tag, ruledLine, lineMarker, telephone, currencyAmount, caliber, decimalWithoutZero, shortYear,
        citation,
        entity, minus, range, mathematics, singleSymbol,
    ]

    /// The whole text in words.
    func read() -> String {
        var spoken = SpokenText(capacity: text.scalars.count)
        var index = 0
        while index < text.count {
            let kind = text.tokens[index].kind
            if let reading = reading(at: index, kind), reading.end > index {
                spoken.say(reading.words)
                index = reading.end
                continue
            }
            switch kind {
            case .space, .lineBreak: spoken.blank(text.slice(index))
            case .word, .number, .symbol: spoken.copy(text.slice(index))
            }
            index += 1
        }
        return spoken.finish()
    }

    private func reading(at index: Int, _ kind: Token.Kind) -> Reading? {
        let rules: [Rule]
        switch kind {
        case .word: rules = Self.wordRules
        case .number: rules = Self.numberRules
        case .symbol: rules = Self.symbolRules
        case .space, .lineBreak: return nil
        }
        for rule in rules {
            if let reading = rule(self)(index) { return reading }
        }
        return nil
    }

    /// True where a full stop that ends at token `index` (exclusive) also ends the sentence.
    func sentenceEnds(at index: Int) -> Bool {
        var next = index
        while text.isSymbol(next, "\"", "'", ")", "]") { next += 1 }
        guard text.isBlank(next) else { return false }
        if text.kind(next) == nil { return true }
        if text.kind(next) == .lineBreak, text.slice(next).count(where: { $0 == "\n" }) > 1 { return true }
        next += 1
        while text.isSymbol(next, "\"", "'", "(", "[") { next += 1 }
        guard text.isCapitalized(next), let word = text.lowercasedWord(next) else { return text.kind(next) == nil }
        return SentenceWords.starters.contains(word)
    }

    /// The reading of an abbreviation whose full stop is the token before `end`: a stop that ends the sentence stays.
    func abbreviated(_ words: String, end: Int) -> Reading {
        let keepsStop = text.isSymbol(end - 1, ".") && sentenceEnds(at: end)
        return Reading(words: keepsStop ? words + "." : words, end: end)
    }
}

/// Puts words together with one space between them.
private struct SpokenText {
    private var scalars: [Unicode.Scalar] = []
    /// What came last was said by a rule, so that a letter after it begins a new word.
    private var afterReading = false
    private var last: Unicode.Scalar = " "

    init(capacity: Int) {
        scalars.reserveCapacity(capacity)
    }

    mutating func say(_ words: String) {
        guard let first = words.unicodeScalars.first else {
            afterReading = true
            return
        }
        if !Self.leansLeft(first), last.isLetter || last.isDigit || Self.closes(last) { append(" ") }
        for scalar in words.unicodeScalars { append(scalar) }
        afterReading = true
    }

    mutating func copy(_ part: ArraySlice<Unicode.Scalar>) {
        guard let first = part.first else { return }
        if afterReading, first.isLetter, last.isLetter { append(" ") }
        for scalar in part { append(scalar) }
        afterReading = false
    }

    mutating func blank(_ part: ArraySlice<Unicode.Scalar>) {
        let breaks = part.count { $0 == "\n" }
        if breaks == 0 { append(" ") } else { append(contentsOf: breaks > 1 ? "\n\n" : "\n") }
        afterReading = false
    }

    private mutating func append(contentsOf text: String) {
        if last == " ", !scalars.isEmpty { scalars.removeLast() }
        last = "x"
        for scalar in text.unicodeScalars { append(scalar) }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        // Spaces are not said twice, nor before a mark that belongs to the word before it.
        if scalar == " ", last == " " || last == "\n" { return }
        if last == " ", Self.leansLeft(scalar), !scalars.isEmpty { scalars.removeLast() }
        scalars.append(scalar)
        last = scalar
    }

    private static func leansLeft(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ",", ".", ";", ":", "!", "?", ")", "]", "\u{2026}", "\u{2014}": true
        default: false
        }
    }

    private static func closes(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ",", ".", ";", ":", "!", "?", ")", "]", "%": true
        default: false
        }
    }

    consuming func finish() -> String {
        while let end = scalars.last, end.isBlank { scalars.removeLast() }
        return String(scalars: scalars.drop { $0.isBlank })
    }
}
