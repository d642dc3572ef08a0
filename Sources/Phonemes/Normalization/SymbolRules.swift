/// Symbols: what they say depends on what stands around them.
extension EnglishReader {
    // MARK: Layout

    /// "-----", "=====", "* * *": a run of three or more of the same mark divides text and is not said.
    func ruledLine(at index: Int) -> Reading? {
        guard let symbol = text.symbol(index), "-=*_~#+.|<>/\\^".unicodeScalars.contains(symbol) else { return nil }
        var end = index + 1
        while text.isSymbol(end, symbol) { end += 1 }
        guard end - index >= 3 else { return symbol == "-" && end - index == 2 ? dash(end) : nil }
        return symbol == "." ? Reading(words: "\u{2026}", end: end) : Reading(words: "", end: end)
    }

    /// Two hyphens are a typewriter's dash.
    private func dash(_ end: Int) -> Reading? {
        text.kind(end) == .number ? nil : Reading(words: "\u{2014}", end: end)
    }

    /// "# Title", "- item", "* item", "> quoted", "• item" at the start of a line.
    func lineMarker(at index: Int) -> Reading? {
        guard text.kind(index - 1) == .lineBreak || index == 0, let symbol = text.symbol(index),
            text.kind(index + 1) == .space || index + 1 == text.count
        else { return nil }
        let marks: [Unicode.Scalar] = [
            "#", "-", "*", ">", "+", "\u{2022}", "\u{B7}", "\u{2023}", "\u{25E6}", "\u{2013}",
        ]
        return marks.contains(symbol) ? Reading(words: "", end: index + 1) : nil
    }

    /// "[12]" after a word: a reference that nobody reads aloud.
    func citation(at index: Int) -> Reading? {
        guard text.isSymbol(index, "["), !text.isBlank(index - 1), index > 0, text.kind(index + 1) == .number,
            text.isSymbol(index + 2, "]")
        else { return nil }
        return Reading(words: "", end: index + 3)
    }

    private static let entities = [
        "amp": "and", "lt": "less than", "gt": "greater than", "nbsp": "", "quot": "\"", "apos": "'",
        "mdash": "\u{2014}",
        "ndash": "\u{2013}", "hellip": "\u{2026}", "copy": "copyright",
    ]

    /// "&amp;".
    func entity(at index: Int) -> Reading? {
        guard text.isSymbol(index, "&"), text.isSymbol(index + 2, ";"), let name = text.word(index + 1),
            let words = Self.entities[name]
        else { return nil }
        return Reading(words: words, end: index + 3)
    }

    private static let tags: Set<String> = [
        "a", "b", "i", "p", "u", "s", "br", "h", "hr", "ul", "ol", "li", "dl", "dt", "dd", "div", "span", "strong",
        "em",
        "img", "table", "tr", "td", "th", "code", "pre", "html", "body", "head", "meta", "link", "script", "style",
        "sup",
        "sub", "small", "blockquote", "input", "form", "button", "font", "center", "section", "nav", "title",
    ]

    /// "<b>", "</li>", "<a href=…>": tags of HTML, which are not said.
    func tag(at index: Int) -> Reading? {
        guard text.isSymbol(index, "<") else { return nil }
        let name = text.isSymbol(index + 1, "/") ? index + 2 : index + 1
        guard text.length(name) <= 10, let word = text.lowercasedWord(name), Self.tags.contains(word) else {
            return nil
        }
        var end = name + 1
        while end - name < 60, text.kind(end) != nil {
            if text.isSymbol(end, "<", "@") { return nil }
            if text.isSymbol(end, ">") { return Reading(words: " ", end: end + 1) }
            end += 1
        }
        return nil
    }

    // MARK: Minus and ranges

    private func isDash(_ index: Int) -> Bool { text.isSymbol(index, "-", "\u{2013}", "\u{2212}") }

    private func beginsNumber(_ index: Int) -> Bool {
        if text.kind(index) == .number { return true }
        if text.isSymbol(index, ".") { return text.kind(index + 1) == .number }
        guard let symbol = text.symbol(index) else { return false }
        return Currency.bySymbol[symbol] != nil || EnglishReader.vulgarFractions[symbol] != nil
    }

    /// "-5", "−$5", "5 - 3 = 2", "x − y".
    func minus(at index: Int) -> Reading? {
        guard isDash(index) else { return nil }
        let opens =
            text.isBlank(index - 1) || text.isSymbol(index - 1, "(", "[", "=", "\"", "/", ",", "*", "\u{D7}", ":")
        if opens, beginsNumber(index + 1) { return Reading(words: "minus", end: index + 1) }
        if text.isSymbol(index, "\u{2212}") { return Reading(words: "minus", end: index + 1) }
        // A hyphen between spaces is a dash, unless it stands between two operands.
        guard text.isSymbol(index, "-"), text.kind(index - 1) == .space, text.kind(index + 1) == .space,
            isOperand(index - 2), isOperand(index + 2)
        else { return nil }
        return Reading(words: "minus", end: index + 1)
    }

    /// A number or a variable of one letter.
    private func isOperand(_ index: Int) -> Bool {
        if text.kind(index) == .number { return true }
        guard text.kind(index) == .word, text.tokens[index].count == 1 else { return false }
        return !["a", "I", "A"].contains(text.text(index))
    }

    /// "10-20", "1914–1918", "9am–5pm", "5%-10%", "F-16".
    func range(at index: Int) -> Reading? {
        guard text.isSymbol(index, "-", "\u{2013}", "\u{2014}"), index > 0 else { return nil }
        let spaced = text.kind(index - 1) == .space && text.kind(index + 1) == .space
        guard !spaced || text.isSymbol(index, "\u{2013}") else { return nil }
        let before = spaced ? index - 2 : index - 1
        let after = spaced ? index + 2 : index + 1
        guard beginsNumber(after) else { return monthRange(at: index, before, after) }
        if text.kind(before) == .word, text.kind(before - 1) != .number, !endsQuantity(before) {
            return spaced ? nil : Reading(words: " ", end: index + 1)
        }
        guard text.kind(before) == .number || endsQuantity(before) || text.isSymbol(before, "%", "\u{B0}", "\"", "'")
        else { return nil }
        // "5W-30 oil".
        if !spaced, text.text(before) == "W" { return Reading(words: " ", end: index + 1) }
        // "3-1/2", "5-3=2".
        if !spaced, text.kind(before) == .number, let (numerator, denominator, end) = fraction(at: after),
            numerator < denominator, text.symbol(after) == nil, [2, 3, 4, 5, 6, 8, 16, 32, 64].contains(denominator),
            end > after, text.integer(before).map({ $0 < 100 }) == true, !isDash(before - 1)
        {
            return Reading(words: "and", end: index + 1)
        }
        if text.kind(before) == .number, text.kind(after) == .number,
            text.isSymbol(text.skippingSpace(after + 1), "="), !spaced
        {
            return Reading(words: "minus", end: index + 1)
        }
        // More than two numbers in a row are a code.
        let chained = isDash(before - 1) && text.kind(before - 2) == .number && !spaced
        let chains =
            isDash(after + 1) && !spaced
            && (text.kind(after + 2) == .number || text.isAllCapitals(after + 2) && text.length(after + 2) > 3)
        let same = !spaced && text.kind(before) == .number && text.slice(before) == text.slice(after)
        return Reading(words: chained || chains || same ? " " : "to", end: spaced ? index + 2 : index + 1)
    }

    /// "January–March", "Monday-Friday".
    private func monthRange(at index: Int, _ last: Int, _ after: Int) -> Reading? {
        let before = text.isSymbol(last, ".") ? last - 1 : last
        guard let first = text.lowercasedWord(before), let second = text.lowercasedWord(after),
            text.isCapitalized(before),
            text.isCapitalized(after)
        else { return nil }
        let months = EnglishCalendar.month(first) != nil && EnglishCalendar.month(second) != nil
        let days =
            EnglishCalendar.weekday(String(first.prefix(3))) != nil
            && EnglishCalendar.weekday(String(second.prefix(3))) != nil && first.count <= 9 && second.count <= 9
        return months || days ? Reading(words: "to", end: index == last + 1 ? index + 1 : index + 2) : nil
    }

    /// The word at `index` belongs to the number before it: "pm", "km", "st", "m" of "p.m.".
    private func endsQuantity(_ index: Int) -> Bool {
        guard text.kind(index) == .word || text.isSymbol(index, ".") else { return false }
        if text.kind(index - 1) == .number { return true }
        if text.isSymbol(index, "."), text.lowercasedWord(index - 1) == "m" { return true }
        return text.kind(index - 1) == .space && text.kind(index - 2) == .number
            && (["am", "pm"].contains(text.lowercasedWord(index) ?? "")
                || MeasureUnit.named(text.text(index), adjacent: false) != nil)
    }

    // MARK: Mathematics

    /// Operators that several characters or the tokens around them make.
    func mathematics(at index: Int) -> Reading? {
        guard let symbol = text.symbol(index) else { return nil }
        switch symbol {
        case "<", ">": return comparison(at: index, symbol)
        case "=" where text.isSymbol(index + 1, ">"): return Reading(words: "to", end: index + 2)
        case "=" where text.isSymbol(index + 1, "="): return Reading(words: "equals", end: index + 2)
        case "!" where text.isSymbol(index + 1, "="): return Reading(words: "is not equal to", end: index + 2)
        case "-" where text.isSymbol(index + 1, ">"): return Reading(words: "to", end: index + 2)
        case "+" where text.isSymbol(index + 1, "/") && text.isSymbol(index + 2, "-"):
            return Reading(words: "plus or minus", end: index + 3)
        case "^": return power(at: index)
        case "\u{B2}", "\u{B3}", "\u{B9}", "\u{2070}"..."\u{207B}": return superscript(at: index)
        case "*" where between(index, isOperand): return Reading(words: "times", end: index + 1)
        case "\u{D7}" where isSize(index): return size(at: index)
        case "\u{D7}": return Reading(words: "times", end: index + 1)
        case "/" where between(index, { text.kind($0) == .number }): return Reading(words: "slash", end: index + 1)
        case "/": return alternative(at: index)
        case ":" where text.kind(index - 1) == .number && text.kind(index + 1) == .number:
            return Reading(words: "to", end: index + 1)
        case "~" where beginsNumber(index + 1): return Reading(words: "about", end: index + 1)
        case "#" where text.kind(index + 1) == .number: return Reading(words: "number", end: index + 1)
        default: return fractionSymbol(at: index)
        }
    }

    private func between(_ index: Int, _ isOperand: (Int) -> Bool) -> Bool {
        isOperand(text.beforeSpace(index)) && isOperand(text.skippingSpace(index + 1))
    }

    private func comparison(at index: Int, _ symbol: Unicode.Scalar) -> Reading? {
        let words = symbol == "<" ? "less than" : "greater than"
        if text.isSymbol(index + 1, "=") { return Reading(words: words + " or equal to", end: index + 2) }
        if symbol == "<", text.isSymbol(index + 1, "-") { return Reading(words: "", end: index + 2) }
        let next = text.skippingSpace(index + 1)
        let compares = beginsNumber(next) || text.isSymbol(next, "-") || between(index, isOperand)
        let spaced = text.kind(index - 1) == .space && text.kind(index + 1) == .space
        return Reading(words: compares || spaced ? words : "", end: index + 1)
    }

    /// "x^2", "10^-3".
    private func power(at index: Int) -> Reading? {
        let negative = isDash(index + 1)
        let exponent = negative ? index + 2 : index + 1
        guard !text.isBlank(index - 1), let digits = text.digits(exponent) else { return nil }
        return Reading(words: power(digits, negative: negative), end: exponent + 1)
    }

    private func power(_ digits: ArraySlice<Unicode.Scalar>, negative: Bool) -> String {
        switch (negative, String(scalars: digits)) {
        case (false, "2"): "squared"
        case (false, "3"): "cubed"
        default: "to the power of " + (negative ? "minus " : "") + numbers.cardinal(digits)
        }
    }

    /// "x²", "10⁻³"; after a longer word it is a note, which is not said.
    private func superscript(at index: Int) -> Reading? {
        var digits: [Unicode.Scalar] = []
        var negative = false
        var end = index
        while let symbol = text.symbol(end), digits.count < 4 {
            if symbol == "\u{207B}" {
                negative = true
            } else if let digit = Self.superscriptDigit(symbol) {
                digits.append(digit)
            } else {
                break
            }
            end += 1
        }
        guard end > index else { return nil }
        let base = index - 1
        let isBase =
            text.kind(base) == .number || text.isSymbol(base, ")")
            || (text.kind(base) == .word && text.tokens[base].count <= 2)
        return Reading(words: isBase && !digits.isEmpty ? power(digits[...], negative: negative) : "", end: end)
    }

    private static func superscriptDigit(_ symbol: Unicode.Scalar) -> Unicode.Scalar? {
        switch symbol {
        case "\u{B9}": "1"
        case "\u{B2}": "2"
        case "\u{B3}": "3"
        case "\u{2070}", "\u{2074}"..."\u{2079}": Unicode.Scalar(48 + symbol.value - 0x2070)
        default: nil
        }
    }

    /// Two numbers of three digits or more are the sides of something: "1920×1080".
    private func isSize(_ index: Int) -> Bool {
        guard let width = text.digits(index - 1), let height = text.digits(index + 1) else { return false }
        return width.count >= 3 && height.count >= 3
    }

    /// "1920x1080", "3 x 4".
    func timesBetweenNumbers(at index: Int) -> Reading? {
        guard text.length(index) == 1, ["x", "X"].contains(text.word(index)),
            text.digits(text.skippingSpace(index + 1)) != nil
        else { return nil }
        let before = text.beforeSpace(index)
        // "12' x 15'", "8½ x 11".
        let isMeasured =
            text.isSymbol(before, "'", "\"", "\u{2032}", "\u{2033}") && text.kind(before - 1) == .number
            || text.symbol(before).map { EnglishReader.vulgarFractions[$0] != nil } == true
        if isMeasured { return Reading(words: "by", end: index + 1) }
        guard text.kind(before) == .number, text.text(before) != "0" else { return nil }
        if index == before + 1, countsDoses(index + 1) { return Reading(words: "times", end: index + 1) }
        return text.kind(index - 1) == .number ? size(at: index) : Reading(words: "times", end: index + 1)
    }

    /// The 500mg of "2x500mg"; lengths and pixels have sides, and the s of "2x4s" is a plural.
    private func countsDoses(_ index: Int) -> Bool {
        guard let literal = number(at: index), let (unit, _) = unit(at: literal.end) else { return false }
        return !unit.isLength && !["pixel", "second", "percent"].contains(unit.singular)
            && text.symbol(literal.end) == nil
    }

    /// The sides of a picture are said like years: "by ten eighty".
    private func size(at index: Int) -> Reading {
        guard let second = text.digits(index + 1), second.count == 4, text.kind(index + 2) != .word else {
            return Reading(words: "by", end: index + 1)
        }
        return Reading(words: "by " + numbers.year(second), end: index + 2)
    }

    private static let alternatives: Set<String> = [
        "and", "he", "she", "his", "her", "him", "hers", "either", "yes", "s",
    ]

    /// "and/or", "he/she"; other words have their stroke said.
    private func alternative(at index: Int) -> Reading? {
        guard let before = text.lowercasedWord(index - 1), let after = text.lowercasedWord(index + 1) else {
            let counts =
                text.kind(index - 1) == .number || text.symbol(index - 1).map { Currency.bySymbol[$0] != nil } == true
            if counts, let per = text.word(index + 1).flatMap(MeasureUnit.inDenominator) {
                return Reading(words: "per " + per, end: index + 2)
            }
            return text.isBlank(index - 1) || text.isBlank(index + 1) ? Reading(words: ",", end: index + 1) : nil
        }
        // "TCP/IP", "I/O": nobody says the stroke.
        if after == "or" || (text.isAllCapitals(index - 1) && text.isCapitalized(index + 1)) {
            return Reading(words: " ", end: index + 1)
        }
        return Reading(words: Self.alternatives.contains(before) ? "or" : "slash", end: index + 1)
    }

    /// "½".
    private func fractionSymbol(at index: Int) -> Reading? {
        guard text.symbol(index).map({ EnglishReader.vulgarFractions[$0] != nil }) == true else { return nil }
        return simpleFraction(at: index)
    }

    // MARK: The rest

    /// The name of a symbol, or nothing where it has none; punctuation stays.
    func singleSymbol(at index: Int) -> Reading? {
        guard let symbol = text.symbol(index) else { return nil }
        if SymbolNames.punctuation.contains(symbol) { return nil }
        if let name = SymbolNames.inText[symbol] { return Reading(words: name, end: index + 1) }
        switch symbol {
        case "|", "\u{2022}", "\u{B7}": return Reading(words: ",", end: index + 1)
        case "_": return Reading(words: " ", end: index + 1)
        default:
            // A letter-like character that espeak-ng may know, such as a spacing mark, is left to it.
            let category = symbol.properties.generalCategory
            let isSpoken = category == .modifierLetter || category == .letterNumber || category == .otherNumber
            return isSpoken && !symbol.isASCII ? nil : Reading(words: "", end: index + 1)
        }
    }
}
