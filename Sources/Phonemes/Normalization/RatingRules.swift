/// Points out of a possible number: "98/100", "4.5/5 stars", "scored 7/9". What divides a thing stays a fraction.
extension EnglishReader {
    private static let wordsAfterRatings: Set<String> = [
        "star", "stars", "points", "marks", "hearts", "rating", "score", "grade",
    ]
    private static let wordsBeforeRatings: Set<String> = [
        "scored", "scores", "score", "scoring", "rated", "rates", "rating", "grade", "graded",
    ]
    /// What people rate by, and seldom divide by.
    private static let fullMarks: Set<Int> = [10, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200]

    /// "98/100" where nothing is measured or divided by it; one of many is a fraction.
    func rating(at index: Int, _ numerator: Int, _ denominator: Int, end: Int) -> Reading? {
        guard text.kind(index) == .number, denominator > 1, numerator <= denominator else { return nil }
        let isUsual =
            Self.fullMarks.contains(denominator) && (numerator != 1 || denominator == 10)
            || numerator == denominator
        guard isUsual || isSurroundedAsRating(index, end: end), !isDivided(end) else { return nil }
        return Reading(words: numbers.cardinal(numerator) + outOf(denominator), end: end)
    }

    /// "4.5/5", "9.5/10".
    func decimalRating(at index: Int) -> Reading? {
        guard let literal = number(at: index), literal.fraction != nil, text.isSymbol(literal.end, "/"),
            let denominator = text.integer(literal.end + 1), (2...200).contains(denominator),
            !(text.isSymbol(literal.end + 2, ".", ",", "/") && text.kind(literal.end + 3) == .number),
            !isDivided(literal.end + 2)
        else { return nil }
        return Reading(words: words(of: literal) + outOf(denominator), end: literal.end + 2)
    }

    private func outOf(_ denominator: Int) -> String { " out of " + numbers.cardinal(denominator) }

    private func isSurroundedAsRating(_ index: Int, end: Int) -> Bool {
        let before = text.lowercasedWord(text.beforeSpace(index)) ?? ""
        let next = text.kind(end) == .space || text.isSymbol(end, "-") ? text.lowercasedWord(end + 1) ?? "" : ""
        return Self.wordsAfterRatings.contains(next) || Self.wordsBeforeRatings.contains(before)
    }

    /// "7/10 of it", "7/10 mm".
    private func isDivided(_ end: Int) -> Bool {
        text.lowercasedWord(text.skippingSpace(end)) == "of" || unit(at: end) != nil
    }

    /// "3/4 time", "a 6/8 rhythm".
    func timeSignature(at index: Int, _ beats: Int, _ value: Int) -> Reading? {
        guard text.kind(index) == .number, [2, 4, 8, 16].contains(value), (1...15).contains(beats),
            text.kind(index + 3) == .space, let next = text.word(index + 4),
            ["time", "rhythm", "meter", "metre", "beat"].contains(next)
        else { return nil }
        return Reading(words: numbers.cardinal(beats) + " " + numbers.cardinal(value), end: index + 3)
    }
}
