/// Numbers with a unit of measure or a word of magnitude.
extension EnglishReader {
    /// "5 km", "20 °C", "5%", "1.5M", "5-km".
    func quantity(at index: Int) -> Reading? {
        // "MP3s" and "B2B" hold no quantities.
        guard let literal = measuredDecimal(at: index) ?? number(at: index),
            text.kind(index - 1) != .word || text.kind(index - 2) == .number || isSecondSide(index)
        else { return nil }
        if let plan = retirementPlan(literal) { return plan }
        let words = words(of: literal)
        if text.word(literal.end) == "m", tellsTime(index, literal.end) {
            return Reading(words: words + (literal.isOne ? " minute" : " minutes"), end: literal.end + 1)
        }
        if let scale = scaleLetter(at: literal.end) ?? thousands(literal, at: index) ?? multiple(at: literal.end) {
            let per = perUnit(at: literal.end + 1)
            return Reading(words: words + " " + scale + (per?.words ?? ""), end: per?.end ?? literal.end + 1)
        }
        if beforeMagnitude(literal.end) { return Reading(words: words, end: literal.end) }
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

    /// "1,5 kg": a decimal comma, told by the unit after it.
    private func measuredDecimal(at index: Int) -> NumberLiteral? {
        guard let integer = text.digits(index), text.isSymbol(index + 1, ","), let fraction = text.digits(index + 2),
            fraction.count <= 2, !text.isSymbol(index - 1, ","),
            unit(at: index + 3) != nil || beforeMagnitude(index + 3)
        else { return nil }
        return NumberLiteral(integer: integer, fraction: fraction, end: index + 3)
    }

    private func beforeMagnitude(_ index: Int) -> Bool {
        text.kind(index) == .space && ["million", "billion", "trillion"].contains(text.word(index + 1) ?? "")
    }

    /// The 15 of "12'x15'".
    private func isSecondSide(_ index: Int) -> Bool {
        text.word(index - 1) == "x" && text.isSymbol(index - 2, "'", "\"", "\u{2032}", "\u{2033}")
    }

    /// "401k", "401(k)".
    private func retirementPlan(_ literal: NumberLiteral) -> Reading? {
        guard literal.value == 401 else { return nil }
        if text.word(literal.end) == "k" { return Reading(words: "four oh one k", end: literal.end + 1) }
        guard text.isSymbol(literal.end, "("), text.word(literal.end + 1) == "k", text.isSymbol(literal.end + 2, ")")
        else { return nil }
        return Reading(words: "four oh one k", end: literal.end + 3)
    }

    /// The "/yr" of "60k/yr".
    private func perUnit(at index: Int) -> (words: String, end: Int)? {
        guard text.isSymbol(index, "/"), let per = text.word(index + 1).flatMap(MeasureUnit.inDenominator) else {
            return nil
        }
        return (" per " + per, index + 2)
    }

    /// Letters right after a number that multiply it.
    private func scaleLetter(at index: Int) -> String? {
        guard let word = text.word(index), !text.isSymbol(index + 1, "/") || perUnit(at: index + 1) != nil,
            counts(letterAt: index)
        else {
            return nil
        }
        switch word {
        case "m" where text.kind(index + 1) == .space && Self.countedByMillions.contains(text.word(index + 2) ?? ""):
            return "million"
        case "M", "mn", "mln": return "million"
        case "B", "bn", "bln": return "billion"
        case "T", "tn", "trn": return "trillion"
        default: return nil
        }
    }

    static let countedByMillions: Set<String> = [
        "people", "views", "users", "followers", "subscribers", "downloads", "copies", "jobs", "dollars", "pounds",
        "euros", "members", "customers", "visitors", "votes", "residents",
    ]
    /// What runs and pictures are called by: "a 10k", "4K".
    private static let namedThousands: Set<Int> = [2, 4, 5, 6, 8, 10, 12, 16]
    private static let wordsAfterNamedThousands: Set<String> = ["run", "race", "walk", "runner", "video", "screen"]

    /// The "k" of "200k", "1.5K" and "10k steps"; "a 10k" and "4K" are called by their letter.
    private func thousands(_ literal: NumberLiteral, at index: Int) -> String? {
        guard let letter = text.word(literal.end), ["k", "K"].contains(letter) else { return nil }
        guard !text.isSymbol(literal.end + 1, "/") else {
            return perUnit(at: literal.end + 1) == nil ? nil : "thousand"
        }
        let next = text.kind(literal.end + 1) == .space ? text.word(literal.end + 2) ?? "" : ""
        let countsThings =
            next.count > 3 && next.hasSuffix("s") && !next.hasSuffix("ss") && text.isLowercase(literal.end + 2)
            || Self.countedByMillions.contains(next)
        guard !countsThings, literal.fraction == nil, let value = literal.value else { return "thousand" }
        let isRange = text.isSymbol(index - 1, "-", "\u{2013}") && text.kind(index - 2) == .number
        let isName = Self.namedThousands.contains(value) && !isRange
        return isName || Self.wordsAfterNamedThousands.contains(next) ? letter : "thousand"
    }

    /// The "x" of "10x more" and "2x faster".
    private func multiple(at index: Int) -> String? {
        guard ["x", "X", "\u{D7}"].contains(text.text(index)), text.kind(index + 1) == .space,
            let next = text.word(index + 2), text.isLowercase(index + 2)
        else { return nil }
        let compares = next.count > 4 && next.hasSuffix("er") && !["over", "after"].contains(next)
        return compares || ["more", "less", "as", "fewer", "the"].contains(next) ? "times" : nil
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
        guard !adjacent || counts(letterAt: start), var unit = MeasureUnit.named(word, adjacent: adjacent) else {
            return nil
        }
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
        } else if MeasureUnit.needsStop.contains(word), !adjacent, !followsFeet(numberBefore: index) {
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
            guard let name = text.word(letter).flatMap({ Self.degrees[$0] }) else {
                return (MeasureUnit("degree", "degrees"), index + 1)
            }
            return (MeasureUnit("degree " + name, "degrees " + name), letter + 1)
        case "\u{2032}":
            // The minutes and seconds of an angle.
            if isPartOfAngle(index) { return (MeasureUnit("minute", "minutes"), index + 1) }
            return (MeasureUnit("foot", "feet"), index + 1)
        case "\u{2033}":
            if isPartOfAngle(index) { return (MeasureUnit("second", "seconds"), index + 1) }
            return (MeasureUnit("inch", measuresInches(after: index) ? "inch" : "inches"), index + 1)
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

    private static let degrees = [
        "C": "Celsius", "F": "Fahrenheit", "N": "north", "S": "south", "E": "east", "W": "west",
    ]

    /// The number before `index` stands behind degrees or minutes: "40° 26′ 46″".
    private func isPartOfAngle(_ index: Int) -> Bool {
        text.kind(index - 1) == .number
            && text.isSymbol(text.beforeSpace(index - 1), "\u{B0}", "\u{BA}")
            || text.symbol(index) == "\u{2033}" && text.isSymbol(text.beforeSpace(index - 1), "\u{2032}")
                && text.isSymbol(text.beforeSpace(text.beforeSpace(index - 1) - 1), "\u{B0}", "\u{BA}")
    }

    /// "5 ft 11 in": what follows feet is inches.
    private func followsFeet(numberBefore index: Int) -> Bool {
        var before = text.beforeSpace(index - 1)
        if text.isSymbol(before, ".") { before -= 1 }
        return ["ft", "foot", "feet"].contains(text.word(before) ?? "")
    }

    private func measuresFeet(after index: Int) -> Bool {
        // "12'x15'".
        let side = text.skippingSpace(index + 1)
        if text.word(side) == "x", text.kind(text.skippingSpace(side + 1)) == .number { return true }
        let multiplied = text.beforeSpace(index - 1)
        if text.word(multiplied) == "x", text.isSymbol(text.beforeSpace(multiplied), "'") { return true }
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
