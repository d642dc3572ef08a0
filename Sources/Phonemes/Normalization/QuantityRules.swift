/// Numbers with a unit of measure or a word of magnitude.
extension EnglishReader {
    /// "5 km", "20 °C", "5%", "1.5M", "5-km".
    func quantity(at index: Int) -> Reading? {
        // "MP3s" and "B2B" hold no quantities.
        guard let literal = number(at: index), text.kind(index - 1) != .word || text.kind(index - 2) == .number else {
            return nil
        }
        let words = words(of: literal)
        if text.word(literal.end) == "m", tellsTime(index, literal.end) {
            return Reading(words: words + (literal.isOne ? " minute" : " minutes"), end: literal.end + 1)
        }
        if let scale = scaleLetter(at: literal.end) {
            return Reading(words: words + " " + scale, end: literal.end + 1)
        }
        guard unit(at: literal.end) != nil else { return nil }
        let article = ["a", "an"].contains(text.lowercasedWord(text.beforeSpace(index)) ?? "")
        return withUnit(words, end: literal.end, isOne: literal.isOne || article)
    }

    /// The "m" of "1h20m" and "2m30s" is a minute.
    private func tellsTime(_ index: Int, _ letter: Int) -> Bool {
        let afterHours = ["h", "hr", "hrs"].contains(text.word(text.beforeSpace(index)) ?? "")
        let beforeSeconds = text.kind(letter + 1) == .number && text.word(letter + 2) == "s"
        return afterHours || beforeSeconds
    }

    /// Letters right after a number that multiply it.
    private func scaleLetter(at index: Int) -> String? {
        guard let word = text.word(index), !text.isSymbol(index + 1, "/") else { return nil }
        switch word {
        case "M", "mn", "mln": return "million"
        case "B", "bn", "bln": return "billion"
        case "T", "tn", "trn": return "trillion"
        default: return nil
        }
    }

    /// `words` with the unit that stands at `end`, if there is one.
    func withUnit(_ words: String, end: Int, isOne: Bool) -> Reading {
        guard let (unit, after) = unit(at: end) else { return Reading(words: words, end: end) }
        let name = isOne ? unit.singular : unit.plural
        let keepsStop = text.isSymbol(after - 1, ".") && sentenceEnds(at: after)
        return Reading(words: words + " " + spelled(name) + (keepsStop ? "." : ""), end: after)
    }

    private func spelled(_ unit: String) -> String {
        guard conventions.british else { return unit }
        return unit.split(separator: " ").map { word in
            for (american, british) in [("meter", "metre"), ("liter", "litre")] {
                for ending in ["", "s"] where word.hasSuffix(american + ending) && word != "parking meter" {
                    return word.dropLast(american.count + ending.count) + british + ending
                }
            }
            return String(word)
        }.joined(separator: " ")
    }

    /// The unit of the number that ends at `index`, and where it ends.
    func unit(at index: Int) -> (unit: MeasureUnit, end: Int)? {
        let hyphenated = text.isSymbol(index, "-")
        let start = hyphenated ? index + 1 : text.skippingSpace(index)
        if !hyphenated, let symbol = symbolUnit(at: start) { return symbol }
        guard let word = text.word(start), !hyphenated || !text.isSymbol(start + 1, "-") else { return nil }
        if ["sq", "cu"].contains(word), let power = powerOfLength(at: start, word) { return power }
        let adjacent = start == index
        guard var unit = MeasureUnit.named(word, adjacent: adjacent) else { return nil }
        var end = start + 1
        if let power = exponent(at: end) {
            unit = unit.raised(to: power)
            end += 1
        }
        if text.isSymbol(end, "/"), let perWord = text.word(end + 1), let per = MeasureUnit.inDenominator(perWord) {
            end += 2
            let power = exponent(at: end)
            let isLength = MeasureUnit.named(perWord, adjacent: true)?.isLength == true
            switch (isLength, power) {
            case (true, .some(let power)): unit = unit.per((power == 2 ? "square " : "cubic ") + per)
            case (false, 2): unit = unit.per(per + " squared")
            default: unit = unit.per(per)
            }
            if power != nil { end += 1 }
        } else if text.isSymbol(end, "."), MeasureUnit.takesStop.contains(word),
            text.isBlank(end + 1) || text.isSymbol(end + 1, ",", ";", ")")
        {
            end += 1
        } else if MeasureUnit.needsStop.contains(word), !adjacent {
            return nil
        }
        if hyphenated { unit.plural = unit.singular }
        return (unit, end)
    }

    /// "km/h" without a number.
    func unitRatio(at index: Int) -> Reading? {
        guard text.isSymbol(index + 1, "/"), text.beginsChunk(index), let word = text.word(index),
            let unit = MeasureUnit.named(word, adjacent: false), let perWord = text.word(index + 2),
            ["h", "s", "hr", "sec", "min", "kg", "gal", "l", "L", "m"].contains(perWord),
            let per = MeasureUnit.inDenominator(perWord)
        else { return nil }
        return Reading(words: spelled(unit.per(per).plural), end: index + 3)
    }

    /// ² and ³, or 2 and 3 right after a unit.
    private func exponent(at index: Int) -> Int? {
        if text.isSymbol(index, "\u{B2}") { return 2 }
        if text.isSymbol(index, "\u{B3}") { return 3 }
        guard let value = text.integer(index), value == 2 || value == 3, !text.isSymbol(index + 1, ".") else {
            return nil
        }
        return value
    }

    /// "sq ft", "cu. m".
    private func powerOfLength(at index: Int, _ power: String) -> (MeasureUnit, Int)? {
        let next = text.skippingSpace(text.isSymbol(index + 1, ".") ? index + 2 : index + 1)
        guard let word = text.word(next), let unit = MeasureUnit.named(word, adjacent: true), unit.isLength else {
            return nil
        }
        let stop = text.isSymbol(next + 1, ".") && text.isBlank(next + 2)
        return (unit.raised(to: power == "sq" ? 2 : 3), stop ? next + 2 : next + 1)
    }

    private func symbolUnit(at index: Int) -> (MeasureUnit, Int)? {
        switch text.symbol(index) {
        case "%":
            return (MeasureUnit("percent", "percent"), index + 1)
        case "\u{2030}":
            return (MeasureUnit("per mille", "per mille"), index + 1)
        case "\u{2103}":
            return (MeasureUnit("degree Celsius", "degrees Celsius"), index + 1)
        case "\u{2109}":
            return (MeasureUnit("degree Fahrenheit", "degrees Fahrenheit"), index + 1)
        case "\u{B0}", "\u{BA}":
            let letter = text.skippingSpace(index + 1)
            switch text.word(letter) {
            case "C": return (MeasureUnit("degree Celsius", "degrees Celsius"), letter + 1)
            case "F": return (MeasureUnit("degree Fahrenheit", "degrees Fahrenheit"), letter + 1)
            default: return (MeasureUnit("degree", "degrees"), index + 1)
            }
        case "\u{2032}":
            return (MeasureUnit("foot", "feet"), index + 1)
        case "\u{2033}":
            return (MeasureUnit("inch", "inches"), index + 1)
        case "'":
            return measuresFeet(after: index) ? (MeasureUnit("foot", "feet"), index + 1) : nil
        case "\"":
            return measuresInches(after: index) ? (MeasureUnit("inch", "inch"), index + 1) : nil
        default:
            return nil
        }
    }

    private static let wordsAfterInches: Set<String> = [
        "screen", "monitor", "display", "tv", "television", "pipe", "disk", "disc", "laptop", "tablet", "wheel",
        "wheels", "nails", "rims",
    ]

    private func measuresFeet(after index: Int) -> Bool {
        guard text.kind(index + 1) == .space, let word = text.lowercasedWord(index + 2) else { return false }
        return ["tall", "long", "wide", "deep", "high", "by"].contains(word)
    }

    private func measuresInches(after index: Int) -> Bool {
        guard text.kind(index + 1) == .space, let word = text.lowercasedWord(index + 2) else { return false }
        return Self.wordsAfterInches.contains(word)
    }

    /// 5'11", 6' 2", 5′11″.
    func feetAndInches(at index: Int) -> Reading? {
        guard let feet = text.digits(index), feet.count <= 2, text.isSymbol(index + 1, "'", "\u{2032}") else {
            return nil
        }
        let start = text.skippingSpace(index + 2)
        guard let inches = text.integer(start), inches < 12 else { return nil }
        var end = start + 1
        if text.isSymbol(end, "\"", "\u{2033}") {
            end += 1
        } else if text.isSymbol(end, "'"), text.isSymbol(end + 1, "'") {
            end += 2
        } else if start != index + 2 {
            return nil
        }
        return Reading(words: numbers.cardinal(feet) + " foot " + numbers.cardinal(inches), end: end)
    }
}
