/// Abbreviations: "Dr. Smith", "Elm St.", "etc.", "e.g.", "U.S.", "J. K. Rowling", "w/o".
extension EnglishReader {
    /// An abbreviation of ``Abbreviation/table`` in a place where it is one.
    func abbreviation(at index: Int) -> Reading? {
        guard text.length(index) <= 8, let word = text.word(index),
            let candidates = Abbreviation.table[word.lowercased()]
        else {
            return nil
        }
        let stop = text.isSymbol(index + 1, ".")
        let end = stop ? index + 2 : index + 1
        // "Dr.com" and "no.5.2" are no abbreviations, but "No.5" is one.
        guard !stop || text.kind(end) != .word else { return nil }
        for candidate in candidates where !candidate.capital || text.isCapitalized(index) {
            guard fits(candidate.place, index, stop: stop, end: end) else { continue }
            // No sentence ends with a title before a name.
            let isTitle = candidate.place == .beforeName || candidate.place == .beforeNameWithStop
            if ["page", "chapter"].contains(candidate.words), beginsRange(text.skippingSpace(end)) {
                return Reading(words: candidate.words + "s", end: end)
            }
            return isTitle ? Reading(words: candidate.words, end: end) : abbreviated(candidate.words, end: end)
        }
        return nil
    }

    /// "3–7".
    private func beginsRange(_ index: Int) -> Bool {
        text.kind(index) == .number && text.isSymbol(index + 1, "-", "\u{2013}") && text.kind(index + 2) == .number
    }

    private func fits(_ place: Abbreviation.Place, _ index: Int, stop: Bool, end: Int) -> Bool {
        let next = text.skippingSpace(end)
        switch place {
        case .anywhere: return text.isLowercase(index) || !text.isAllCapitals(index)
        case .withStop: return stop
        case .beforeName:
            return text.isCapitalized(next) && next > end && !followsStreet(index, next) || stop && joinsTitle(next)
        case .beforeNameWithStop:
            return stop && text.isCapitalized(next) && next > end && !followsStreet(index, next)
        case .beforeNumber: return beforeNumber(index, stop: stop, next)
        case .afterName: return followsName(index)
        case .afterNameWithStop: return stop && followsName(index)
        case .measuring: return stop && !isName(index) && measures(index, end)
        case .afterOrdinal: return stop && !isName(index) && (followsOrdinal(index) || text.kind(next) == .number)
        case .afterPlace: return stop && (followsPlace(index) || text.length(next) == 5 && text.kind(next) == .number)
        }
    }

    /// "123 Elm Dr. Springfield": the abbreviation ends the name of a street, so it is no title of what follows.
    private func followsStreet(_ index: Int, _ next: Int) -> Bool {
        guard followsName(index) else { return false }
        var before = text.beforeSpace(index)
        for _ in 0..<3 {
            before = text.beforeSpace(before)
            if text.kind(before) == .number { return true }
            guard text.isCapitalized(before) || text.kind(before) == .word && text.kind(before - 1) == .number else {
                return false
            }
        }
        return false
    }

    /// The "& Mrs." of "Dr. & Mrs. Smith".
    private func joinsTitle(_ index: Int) -> Bool {
        guard text.isSymbol(index, "&") || text.word(index) == "and" else { return false }
        let next = text.skippingSpace(index + 1)
        let candidates = Abbreviation.table[text.lowercasedWord(next) ?? ""] ?? []
        return text.isCapitalized(next) && candidates.contains { $0.place == .beforeName }
    }

    private func followsName(_ index: Int) -> Bool {
        let before = text.isSymbol(text.beforeSpace(index), ",") ? text.beforeSpace(index) : index
        let name = text.beforeSpace(before)
        if text.isCapitalized(name) { return true }
        // "42nd St."
        let isOrdinal = ["st", "nd", "rd", "th"].contains(text.lowercasedWord(name) ?? "")
        return isOrdinal && text.kind(name - 1) == .number
    }

    private func beforeNumber(_ index: Int, stop: Bool, _ next: Int) -> Bool {
        // "No. C2766".
        let isCode = stop && text.length(next) == 1 && text.isAllCapitals(next) && text.kind(next + 1) == .number
        guard text.kind(next) == .number || isCode else { return false }
        if stop { return true }
        // Without a stop only those count that are no words, and "No 5" with its capital.
        return ["pp", "vol", "fig", "nos", "apt", "chap"].contains(text.text(index).lowercased())
            || text.text(index) == "No"
    }

    /// "e.g.", "U.S.", "Ph.D.", "B.Sc.": letters with a stop after each.
    func dottedLetters(at index: Int) -> Reading? {
        guard text.length(index) <= 2, text.isSymbol(index + 1, "."), !text.isSymbol(index - 1, ".") else { return nil }
        var letters: [String] = []
        var end = index
        while letters.count < 8, let word = text.word(end), word.count <= 2, text.isSymbol(end + 1, ".") {
            letters.append(word)
            end += 2
        }
        // The last letter may go without its stop: "e.g", "Ph.D".
        if !letters.isEmpty, let word = text.word(end), word.count == 1, !text.isSymbol(end + 1, ".") {
            letters.append(word)
            end += 1
        }
        guard letters.count >= 2, text.kind(end) != .word,
            letters.allSatisfy({ $0.count == 1 || letters[0].count == 2 })
        else { return nil }
        let joined = letters.joined(separator: ".")
        if let words = Abbreviation.dotted[joined.lowercased()] {
            let pauses = ["e.g", "i.e"].contains(joined.lowercased()) && text.kind(end) == .space
            return Reading(words: pauses ? words + "," : words, end: end)
        }
        if joined == "Ph.D" || joined == "Ph.Ds" { return abbreviated("P.H.D", end: end) }
        // "J.K. Rowling" and "the U.S. Army" alike: letters, joined by stops so that no letter is taken for a word.
        guard text.isCapitalized(index) || ["a.m", "p.m", "d.c", "b.c"].contains(joined) else { return nil }
        return abbreviated(joined.uppercased(), end: end)
    }

    /// "George W. Bush": the stop after an initial goes, but not after the letter that ends a sentence.
    func initial(at index: Int) -> Reading? {
        guard text.isAllCapitals(index), text.tokens[index].count == 1, text.isSymbol(index + 1, "."),
            text.kind(index + 2) == .space, text.isCapitalized(index + 3), !sentenceEnds(at: index + 2),
            text.kind(index - 1) != .number,
            text.text(index) != "I" || text.isCapitalized(text.beforeSpace(index))
        else { return nil }
        return Reading(words: text.text(index) == "A" ? "eh" : text.text(index), end: index + 2)
    }

    /// "w/o", "w/", "b/c", "n/a", "c/o", "et al.", "Roe v. Wade", "op. cit."
    func latinPhrase(at index: Int) -> Reading? {
        guard text.length(index) <= 2, text.isSymbol(index + 1, "/", "."), let word = text.lowercasedWord(index) else {
            return nil
        }
        if text.isSymbol(index + 1, "/"), text.beginsChunk(index) {
            switch (word, text.lowercasedWord(index + 2)) {
            case ("w", "o"): return Reading(words: "without", end: index + 3)
            case ("b", "c"): return Reading(words: "because", end: index + 3)
            case ("c", "o"): return Reading(words: "care of", end: index + 3)
            case ("n", "a"): return Reading(words: "not applicable", end: index + 3)
            case ("s", "he"): return Reading(words: "she or he", end: index + 3)
            case ("f", nil) where text.kind(index + 2) == .number: return Reading(words: "f ", end: index + 2)
            case ("w", _): return Reading(words: "with", end: text.skippingSpace(index + 2))
            default: return nil
            }
        }
        guard text.isSymbol(index + 1, ".") else { return nil }
        let next = text.skippingSpace(index + 2)
        if word == "v", text.isCapitalized(text.beforeSpace(index)), text.isCapitalized(next) {
            return Reading(words: "versus", end: index + 2)
        }
        if word == "op", text.lowercasedWord(next) == "cit" { return Reading(words: "op cit", end: next + 2) }
        return nil
    }

    /// "72 degrees F".
    func degreesOf(at index: Int) -> Reading? {
        guard let word = text.word(index), word == "degrees" || word == "degree", text.kind(index + 1) == .space,
            let scale = ["C": "Celsius", "F": "Fahrenheit"][text.text(index + 2)]
        else { return nil }
        return Reading(words: word + " " + scale, end: index + 3)
    }

    /// "a B-": a mark at school.
    func markMinus(at index: Int) -> Reading? {
        guard text.length(index) == 1, ["A", "B", "C", "D"].contains(text.word(index)), text.beginsChunk(index),
            text.isSymbol(index + 1, "-", "\u{2212}"),
            text.isBlank(index + 2) && !text.isSymbol(index + 3, "-")
                || text.isSymbol(index + 2, ".", ",", ";", ")") && text.isBlank(index + 3)
        else { return nil }
        return Reading(words: (text.text(index) == "A" ? "eh" : text.text(index)) + " minus", end: index + 2)
    }

    /// "CA 94105".
    func stateBeforeZip(at index: Int) -> Reading? {
        guard text.length(index) == 2, let code = text.word(index), let state = Abbreviation.states[code],
            text.kind(index + 1) == .space,
            let digits = text.digits(index + 2), digits.count == 5
        else { return nil }
        var words = state + " " + numbers.spelled(digits)
        var end = index + 3
        if text.isSymbol(end, "-"), let extra = text.digits(end + 1), extra.count == 4 {
            words += ", " + numbers.spelled(extra)
            end += 2
        }
        return Reading(words: words, end: end)
    }
}
