/// Numbers in English words. Digits come as scalars 0 to 9, so that no number is too long.
struct EnglishNumbers: Sendable {
    typealias Digits = ArraySlice<Unicode.Scalar>

    /// "one hundred and five" as the British say, in place of "one hundred five".
    let saysAnd: Bool

    static let mostNamedDigits = 30

    private static let units = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    private static let tens = [
        "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ]
    private static let scales = [
        "", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion",
        "octillion",
    ]

    // MARK: Cardinals

    /// "one thousand five"; digit by digit above 999 octillion. Leading zeros are not said.
    func cardinal(_ digits: Digits) -> String {
        let significant = digits.drop { $0 == "0" }
        guard !significant.isEmpty else { return "zero" }
        guard significant.count <= Self.mostNamedDigits else { return spelled(significant) }
        var words: [String] = []
        var rest = significant
        while !rest.isEmpty {
            let scale = (rest.count - 1) / 3
            let group = rest.prefix(rest.count - 3 * scale)
            rest = rest.dropFirst(group.count)
            let value = group.reduce(0) { $0 * 10 + Int($1.value - 48) }
            guard value > 0 else { continue }
            if saysAnd, scale == 0, value < 100, !words.isEmpty { words.append("and") }
            words.append(belowThousand(value))
            if scale > 0 { words.append(Self.scales[scale]) }
        }
        return words.joined(separator: " ")
    }

    func cardinal(_ value: Int) -> String {
        value < 0 ? "minus " + cardinal(Self.digits(value)) : cardinal(Self.digits(value))
    }

    /// The decimal digits of the magnitude of `value`.
    static func digits(_ value: Int) -> Digits {
        Array(String(value.magnitude).unicodeScalars)[...]
    }

    private func belowThousand(_ value: Int) -> String {
        let hundreds = value / 100
        let rest = value % 100
        if hundreds == 0 { return belowHundred(rest) }
        let head = Self.units[hundreds] + " hundred"
        if rest == 0 { return head }
        return head + (saysAnd ? " and " : " ") + belowHundred(rest)
    }

    private func belowHundred(_ value: Int) -> String {
        if value < 20 { return Self.units[value] }
        let head = Self.tens[value / 10]
        return value % 10 == 0 ? head : head + " " + Self.units[value % 10]
    }

    /// Digit by digit: "one zero five".
    func spelled(_ digits: Digits) -> String {
        digits.map { Self.units[Int($0.value - 48)] }.joined(separator: " ")
    }

    /// "oh five" for 05, else the cardinal: the second half of a year or the minutes of a time.
    func pair(_ digits: Digits) -> String {
        guard digits.count == 2, digits.first == "0" else { return cardinal(digits) }
        return digits.last == "0" ? "hundred" : "oh " + cardinal(digits)
    }

    // MARK: Ordinals

    func ordinal(_ digits: Digits) -> String {
        Self.ordinal(ofCardinal: cardinal(digits))
    }

    func ordinal(_ value: Int) -> String {
        ordinal(Self.digits(value))
    }

    private static let irregularOrdinals = [
        "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
        "twelve": "twelfth",
    ]

    /// Only the last word of a cardinal changes.
    private static func ordinal(ofCardinal cardinal: String) -> String {
        let lastSpace = cardinal.lastIndex(of: " ")
        let head = lastSpace.map { String(cardinal[...$0]) } ?? ""
        let last = lastSpace.map { String(cardinal[cardinal.index(after: $0)...]) } ?? cardinal
        if let irregular = irregularOrdinals[last] { return head + irregular }
        if last.hasSuffix("y") { return head + last.dropLast() + "ieth" }
        return head + last + "th"
    }

    // MARK: Years

    /// "nineteen oh five", "two thousand four", "twenty twenty five"; a cardinal where it has not four digits.
    func year(_ digits: Digits) -> String {
        guard digits.count == 4, digits.first != "0" else { return cardinal(digits) }
        let century = digits.prefix(2)
        let rest = digits.suffix(2)
        // 1005, 2000 and 2004 are said as numbers, 1066 and 2010 in pairs.
        if century.last == "0", rest.first == "0" { return cardinal(digits) }
        return cardinal(century) + " " + pair(rest)
    }

    /// "nineties" for 90, "nineteen hundreds" for 1900, "two thousands" for 2000.
    func decade(_ digits: Digits) -> String {
        let words = digits.count == 4 ? year(digits) : cardinal(digits)
        return words.hasSuffix("y") ? words.dropLast() + "ies" : words + "s"
    }

    // MARK: Decimals and fractions

    /// "three point one four".
    func decimal(_ integer: Digits, _ fraction: Digits) -> String {
        (integer.isEmpty ? "zero" : cardinal(integer)) + " point " + spelled(fraction)
    }

    /// "one half", "three quarters", "two twenty firsts"; nil for a denominator that is not said so.
    func fraction(_ numerator: Int, _ denominator: Int) -> String? {
        guard numerator >= 0, denominator >= 2 else { return nil }
        let name: String
        switch denominator {
        case 2: name = numerator == 1 ? "half" : "halves"
        case 4: name = numerator == 1 ? "quarter" : "quarters"
        case 100 where numerator > 1: name = "hundredths"
        case 1000 where numerator > 1: name = "thousandths"
        default: name = ordinal(denominator) + (numerator == 1 ? "" : "s")
        }
        return cardinal(numerator) + " " + name
    }
}
