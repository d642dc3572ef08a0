/// Numbers that name something and count nothing: "Room 101", "page 249", "P.O. Box 2915", "serial number C2766",
/// "1026 Elm Street", "605 B.C.", ".38 caliber". They are said in pairs or digit by digit.
extension EnglishReader {
    private static let saidInPairs: Set<String> = [
        "room", "flight", "route", "highway", "interstate", "frame", "exhibit", "page", "suite", "apartment", "gate",
        "channel", "number", "no", "bus", "train", "boeing", "airbus", "hwy", "rte", "apt", "rm",
    ]
    private static let saidByDigits: Set<String> = ["box", "code", "zip", "pin", "serial", "account", "id", "postcode"]
    private static let streetWords: Set<String> = [
        "st", "street", "ave", "avenue", "rd", "road", "blvd", "boulevard", "dr", "drive", "lane", "ln", "court", "ct",
        "place", "pl", "way", "square", "terrace", "parkway", "highway",
    ]

    func numberedName(at index: Int) -> Reading? {
        guard let digits = text.digits(index), (3...20).contains(digits.count), text.word(index + 1) != "s",
            !(text.isSymbol(index + 1, ",", ".", ":", "/", "-") && text.kind(index + 2) == .number)
        else { return nil }
        if digits.count > 4 && text.kind(index - 1) == .word
            || digits.count == 4 && text.length(index - 1) == 1 && text.isAllCapitals(index - 1)
        {
            return Reading(words: numbers.spelled(digits), end: index + 1)
        }
        if (3...4).contains(digits.count), isBeforeChrist(index + 1) || isHouse(index) {
            return Reading(words: inPairs(digits), end: index + 1)
        }
        if digits.count > 2, text.length(index + 1) == 1, text.isAllCapitals(index + 1), isHouse(index + 1) {
            return Reading(words: inPairs(digits), end: index + 1)
        }
        if isCode(at: index) { return Reading(words: numbers.spelled(digits), end: index + 1) }
        guard let name = wordBefore(index) else { return nil }
        if Self.saidByDigits.contains(name) || (digits.count > 4 && Self.saidInPairs.contains(name)) {
            return Reading(words: numbers.spelled(digits), end: index + 1)
        }
        guard Self.saidInPairs.contains(name), digits.first != "0" else { return nil }
        return Reading(words: inPairs(digits), end: index + 1)
    }

    /// "12345-6789": a postal code of the U.S. with its extension.
    func longPostalCode(at index: Int) -> Reading? {
        guard let code = text.digits(index), code.count == 5, text.isSymbol(index + 1, "-"),
            let extra = text.digits(index + 2), extra.count == 4, !text.isSymbol(index + 3, "-"),
            !text.isSymbol(index - 1, "-", "$")
        else { return nil }
        return Reading(words: numbers.spelled(code) + ", " + numbers.spelled(extra), end: index + 3)
    }

    /// "1080p", "720p", "480i": the lines of a picture.
    func pictureLines(at index: Int) -> Reading? {
        guard let digits = text.digits(index), (3...4).contains(digits.count),
            ["p", "i"].contains(text.word(index + 1)), text.kind(index - 1) != .symbol || text.beginsChunk(index)
        else { return nil }
        return Reading(words: inPairs(digits) + " " + text.text(index + 1), end: index + 2)
    }

    private static let codes: Set<String> = ["code", "zip", "pin", "postcode", "passcode"]

    /// "ZIP code is 90210", "PIN: 4711", "Penn. 15213".
    private func isCode(at index: Int) -> Bool {
        let last = text.beforeSpace(index)
        if text.isSymbol(last, "."), text.length(index) == 5, text.isCapitalized(last - 1), text.length(last - 1) <= 4,
            let state = text.lowercasedWord(last - 1), Abbreviation.table[state]?.first?.place == .afterPlace
        {
            return true
        }
        guard text.isSymbol(last, ":") || text.lowercasedWord(last) == "is",
            Self.codes.contains(text.lowercasedWord(text.beforeSpace(last)) ?? "")
        else { return false }
        // "The code is 500 lines long."
        let next = text.word(text.skippingSpace(index + 1)) ?? ""
        return !next.hasSuffix("s") && unit(at: index + 1) == nil
    }

    /// The word before a number, in small letters, with or without a full stop.
    func wordBefore(_ index: Int) -> String? {
        let before = text.beforeSpace(index)
        return text.lowercasedWord(text.isSymbol(before, ".", "#") ? text.beforeSpace(before) : before)
    }

    /// "two forty nine" for 249, "one oh one" for 101, "two hundred" for 200.
    func inPairs(_ digits: ArraySlice<Unicode.Scalar>) -> String {
        guard digits.count == 3 else { return numbers.year(digits) }
        guard !digits.dropFirst().elementsEqual(["0", "0"]) else { return numbers.cardinal(digits) }
        return numbers.cardinal(digits.prefix(1)) + " " + numbers.pair(digits.suffix(2))
    }

    /// "BC", "B.C.E.", "BCE" follows; years after Christ are too often other numbers.
    private func isBeforeChrist(_ index: Int) -> Bool {
        guard text.kind(index) == .space, let word = text.word(index + 1) else { return false }
        if word == "BC" || word == "BCE" { return true }
        return word == "B" && text.isSymbol(index + 2, ".") && text.word(index + 3) == "C"
    }

    /// A street is named within the next three words.
    func isHouse(_ index: Int) -> Bool {
        var position = index
        for _ in 0..<3 {
            guard text.kind(position + 1) == .space, text.isCapitalized(position + 2),
                let word = text.lowercasedWord(position + 2)
            else { return false }
            position += 2
            if position > index + 2, Self.streetWords.contains(word) { return true }
            if text.isSymbol(position + 1, ".") { position += 1 }
        }
        return false
    }

    private static let wordsAfterCalibers: Set<String> = [
        "caliber", "calibre", "special", "revolver", "rifle", "pistol", "magnum",
    ]

    /// ".38 caliber".
    func caliber(at index: Int) -> Reading? {
        guard text.isSymbol(index, "."), text.isBlank(index - 1), let digits = text.digits(index + 1),
            digits.count == 2,
            text.kind(index + 2) == .space || text.isSymbol(index + 2, "-"), let word = text.lowercasedWord(index + 3),
            Self.wordsAfterCalibers.contains(word)
        else { return nil }
        return Reading(words: numbers.cardinal(digits), end: index + 2)
    }
}
