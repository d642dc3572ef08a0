/// How a piece of text is to be read aloud, whatever it looks like: SSML's `say-as`.
public enum SayAs: Sendable, Hashable {
    /// Letter by letter, digit by digit, punctuation by its name.
    case characters
    /// As a quantity: "12" is "twelve".
    case cardinal
    /// As a position in a row: "12" is "twelfth".
    case ordinal
    /// Digit by digit: "12" is "one two".
    case digits
    /// As a date. The format names the fields in their order (`mdy`, `dmy`, `ymd`, `md`, `dm`, `my`, `ym`, `y`, `m`,
    /// `d`); without one the order is that of the language.
    case date(format: String?)
    /// As a time of the day, or a duration such as `2'15"`.
    case time
    /// As a telephone number, in groups of digits.
    case telephone
    /// As a fraction: "3/4" is "three quarters".
    case fraction
    /// As a quantity with its unit: "5km" is "five kilometers".
    case unit
    /// As a part of a postal address: numbers of houses and codes are said in pairs or digit by digit.
    case address
    /// As an amount of money.
    case currency

    /// What SSML's `interpret-as` and `format` attributes ask for; nil where the value is unknown.
    public init?(interpretAs: String, format: String? = nil) {
        switch interpretAs.lowercased() {
        case "characters", "character", "spell-out", "verbatim", "letters": self = .characters
        case "cardinal", "number": self = format == "ordinal" ? .ordinal : format == "digits" ? .digits : .cardinal
        case "ordinal": self = .ordinal
        case "digits": self = .digits
        case "date": self = .date(format: format)
        case "time", "duration": self = .time
        case "telephone", "phone": self = .telephone
        case "fraction": self = .fraction
        case "unit", "measure": self = .unit
        case "address": self = .address
        case "currency", "money": self = .currency
        default: return nil
        }
    }
}

extension TextNormalizer {
    /// `text` read as `kind` says. Text that cannot be read so is normalised as plain text, and so is text in another
    /// language than English unless it is spelled out.
    public func spoken(_ text: String, as kind: SayAs) -> String {
        let scalars = UnicodeCleanup.clean(text, english: isEnglish)
        let trimmed = Array(scalars.drop(while: \.isBlank).reversed().drop(while: \.isBlank).reversed())
        guard isEnglish else {
            let spells = kind == .characters || kind == .digits
            return spells
                ? trimmed.filter { !$0.isBlank }.map { String($0) }.joined(separator: " ") : String(scalars: scalars)
        }
        let reader = EnglishReader(trimmed, conventions: conventions)
        return reader.reading(as: kind) ?? reader.read()
    }
}

extension EnglishReader {
    /// The whole text as `kind` says; nil where it cannot be read so.
    fileprivate func reading(as kind: SayAs) -> String? {
        switch kind {
        case .characters: return spelledOut()
        case .digits: return spelledDigits()
        case .cardinal: return wholeNumber { words(of: $0) }
        case .ordinal: return ordinalReading()
        case .date(let format): return dateReading(format: format?.lowercased())
        case .time: return timeReading()
        case .telephone: return telephoneReading()
        case .fraction: return whole(simpleFraction(at: 0)) ?? divisionReading()
        case .unit:
            var reader = self
            reader.expectsUnit = true
            return whole(reader.feetAndInches(at: 0) ?? reader.quantity(at: 0))
        case .currency:
            return whole(currencyAmount(at: 0) ?? currencyBeforeNumber(at: 0) ?? amountBeforeCurrency(at: 0))
        case .address: return addressReading()
        }
    }

    private func whole(_ reading: Reading?) -> String? {
        guard let reading, reading.end == text.count else { return nil }
        return reading.words
    }

    private func spelledOut() -> String {
        text.scalars.map { scalar in
            if scalar.isDigit { return numbers.spelled([scalar]) }
            if let name = SymbolNames.spelledOut[scalar] ?? SymbolNames.inText[scalar] { return name }
            return scalar.isLetter && scalar.isASCII ? Self.letters(String(scalar)) : String(scalar)
        }.joined(separator: " ")
    }

    private func spelledDigits() -> String? {
        guard text.scalars.contains(where: \.isDigit) else { return nil }
        let groups = text.scalars.split { !$0.isDigit && $0 != "." }
        return groups.map { group in
            group.map { $0 == "." ? "point" : numbers.spelled([$0]) }.joined(separator: " ")
        }.joined(separator: ", ")
    }

    private func wholeNumber(_ words: (NumberLiteral) -> String) -> String? {
        let signed = text.isSymbol(0, "-", "+", "\u{2212}")
        if let value = RomanNumeral.value(text.scalars) { return numbers.cardinal(value) }
        guard let literal = number(at: signed ? 1 : 0), literal.end == text.count else { return nil }
        return (signed ? (text.isSymbol(0, "+") ? "plus " : "minus ") : "") + words(literal)
    }

    private func ordinalReading() -> String? {
        if let value = RomanNumeral.value(text.scalars) { return numbers.ordinal(value) }
        if let words = whole(ordinalNumber(at: 0)) { return words }
        guard let literal = number(at: 0), literal.end == text.count, literal.fraction == nil else { return nil }
        return numbers.ordinal(literal.integer)
    }

    private func dateReading(format: String?) -> String? {
        let fields = (0..<text.count).filter { text.kind($0) == .number }
        guard let format, format.allSatisfy({ "ymd".contains($0) }), fields.count == format.count else {
            return whole(numericDate(at: 0) ?? monthDate(at: 0) ?? dayBeforeMonth(at: 0))
        }
        var year: ArraySlice<Unicode.Scalar>?
        var month: Int?
        var day: Int?
        for (letter, field) in zip(format, fields) {
            switch letter {
            case "y": year = text.digits(field)
            case "m": month = text.integer(field)
            default: day = text.integer(field)
            }
        }
        if let month { return dateWords(year: year, month: month, day: day) }
        if let year, day == nil { return numbers.year(year) }
        return day.flatMap { (1...31).contains($0) && year == nil ? numbers.ordinal($0) : nil }
    }

    /// A time of the day, or hours, minutes and seconds with ' and ".
    private func timeReading() -> String? {
        if let words = whole(clockTime(at: 0)) { return words }
        guard let minutes = text.integer(0), text.isSymbol(1, "'", "\u{2032}") else {
            return whole(quantity(at: 0))
        }
        var words = numbers.cardinal(minutes) + (minutes == 1 ? " minute" : " minutes")
        guard let seconds = text.integer(2) else { return text.count == 2 ? words : nil }
        words += " and " + numbers.cardinal(seconds) + (seconds == 1 ? " second" : " seconds")
        return words
    }

    private func telephoneReading() -> String? {
        if let words = whole(telephone(at: 0)) { return words }
        let groups = text.tokens.indices.compactMap { text.digits($0) }
        guard !groups.isEmpty else { return nil }
        let plus = text.isSymbol(0, "+") ? "plus " : ""
        return plus + groups.flatMap(Self.rhythm).map { numbers.spelled($0) }.joined(separator: ", ")
    }

    /// A long run of digits in threes, the last group of two to four.
    private static func rhythm(_ digits: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>] {
        var groups: [ArraySlice<Unicode.Scalar>] = []
        var rest = digits
        while rest.count > 4 {
            groups.append(rest.prefix(3))
            rest = rest.dropFirst(3)
        }
        return rest.isEmpty ? groups : groups + [rest]
    }

    /// Any two numbers with a stroke between them.
    private func divisionReading() -> String? {
        guard text.count == 3, let numerator = text.digits(0), text.isSymbol(1, "/"), let denominator = text.digits(2)
        else {
            return nil
        }
        return numbers.cardinal(numerator) + " over " + numbers.cardinal(denominator)
    }

    /// Numbers of houses in pairs ("twelve thirty four Main Street"), postal codes digit by digit.
    private func addressReading() -> String? {
        var parts: [String] = []
        var index = 0
        while index < text.count {
            if let digits = text.digits(index),
                !["st", "nd", "rd", "th"].contains(text.lowercasedWord(index + 1) ?? "")
            {
                parts.append(digits.count > 4 || digits.first == "0" ? numbers.spelled(digits) : houseNumber(digits))
                index += 1
                continue
            }
            var end = index + 1
            while end < text.count, text.kind(end) != .number || text.kind(end - 1) != .space { end += 1 }
            let slice = text.scalars[text.tokens[index].start..<text.tokens[end - 1].end]
            parts.append(EnglishReader(Array(slice), conventions: conventions).read())
            index = end
        }
        return parts.isEmpty ? nil : parts.joined(separator: " ").split(separator: " ").joined(separator: " ")
    }

    private func houseNumber(_ digits: ArraySlice<Unicode.Scalar>) -> String {
        switch digits.count {
        case 4: return numbers.year(digits)
        case 3 where digits.dropFirst().first != "0" || digits.last != "0":
            return numbers.cardinal(digits.prefix(1)) + " " + numbers.pair(digits.suffix(2))
        default: return numbers.cardinal(digits)
        }
    }
}
