/// Abbreviations that are words or names as well: only what stands around them tells which. "max. 5 kg", but
/// "His name is Max."; "Boston, Mass.", but "They went to Mass."
extension EnglishReader {
    /// A capital that no beginning asks for: "I met Max.", "a 737 MAX."
    func isName(_ index: Int) -> Bool {
        guard text.isCapitalized(index) else { return false }
        let before = text.beforeSpace(index)
        return text.kind(before) == .word || text.kind(before) == .number || text.isSymbol(before, ",")
    }

    /// A number or a word in small letters follows the stop before `end`, but none that sentences begin with.
    func measures(_ index: Int, _ end: Int) -> Bool {
        var next = text.skippingSpace(end)
        if text.isSymbol(next, "<", ">", "~", "-", "\u{2212}", "$", "#", "\u{B1}"), text.kind(next + 1) == .number {
            next += 1
        }
        if text.kind(next) == .number { return true }
        guard next > end, let word = text.word(next) else { return false }
        switch text.lowercasedWord(index) {
        case "trans": return ["by", "from", "into"].contains(word)
        // "fig. S1", "fig. B".
        case "fig", "figs": if text.isAllCapitals(next), word.count <= 3, word != "I" { return true }
        default: break
        }
        return word == "of" || text.isLowercase(next) && !SentenceWords.starters.contains(word)
    }

    /// "3rd ed.", "revised ed."
    func followsOrdinal(_ index: Int) -> Bool {
        let before = text.beforeSpace(index)
        guard let word = text.lowercasedWord(before) else { return false }
        let isOrdinal = ["st", "nd", "rd", "th"].contains(word) && text.kind(before - 1) == .number
        return isOrdinal || ["first", "second", "third", "revised", "new", "latest", "expanded"].contains(word)
    }

    /// "Boston, Mass."
    func followsPlace(_ index: Int) -> Bool {
        let comma = text.beforeSpace(index)
        return text.isSymbol(comma, ",") && text.isCapitalized(comma - 1)
    }
}
