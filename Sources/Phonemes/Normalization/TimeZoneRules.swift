/// Names of time zones, which are said letter by letter.
extension EnglishReader {
    private static let timeZones: Set<String> = [
        "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT", "HST", "AST", "ADT", "NST", "GMT",
        "BST",
        "IST", "WET", "WEST", "CET", "CEST", "EET", "EEST", "MSK", "JST", "KST", "AEST", "AEDT", "ACST", "AWST", "NZST",
    ]
    /// Those that are nothing else.
    private static let certain: Set<String> = ["EST", "EDT", "CEST", "EEST", "AEST", "AEDT", "AKST"]

    /// "3 PM EST", "11:30 a.m. PST", but "EST. 1905" tells when something was established.
    func timeZone(at index: Int) -> Reading? {
        guard (3...4).contains(text.length(index)), let word = text.word(index), Self.timeZones.contains(word) else {
            return nil
        }
        let establishes = text.isSymbol(index + 1, ".") && text.kind(text.skippingSpace(index + 2)) == .number
        guard followsTime(index) || Self.certain.contains(word) && !establishes else { return nil }
        return Reading(words: Self.letters(word), end: index + 1)
    }

    private func followsTime(_ index: Int) -> Bool {
        let last = text.beforeSpace(index)
        let before = text.isSymbol(last, ".") ? last - 1 : last
        if ["am", "pm"].contains(text.lowercasedWord(before) ?? "") { return true }
        if text.lowercasedWord(before) == "m" { return text.isSymbol(before - 1, ".") }
        return before == last && text.kind(before) == .number
    }
}
