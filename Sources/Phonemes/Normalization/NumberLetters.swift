/// The one letter right behind a number: a part of a name ("221B Baker Street", "seat 12A"), a unit ("a 12V battery") or
/// a multiplier ("5M users").
extension EnglishReader {
    private static let placesWithLetters: Set<String> = [
        "apt", "apartment", "unit", "flat", "suite", "ste", "room", "rm", "gate", "seat", "row", "block", "building",
        "platform", "terminal", "track", "exhibit", "figure", "fig", "table", "class", "grade", "type", "no", "number",
        "section", "chapter", "question", "bus", "route", "page", "step", "part", "highway", "hwy", "rte", "interstate",
        "exit", "tram", "train", "model", "lot", "stand", "stop", "bay", "line", "house", "door", "floor", "level",
        "pier", "berth", "locker", "cell", "ward", "zone", "plot", "lane", "car", "coach", "carriage", "cabin", "desk",
        "booth", "road", "runway", "box", "form", "item", "clause", "article", "rule", "paragraph", "appendix",
        "schedule", "annex", "stage", "phase", "group", "year", "flight", "channel", "junction", "version", "stall",
    ]

    /// The letter behind the number that begins at `start` names a place with it: "Apt. 4B", "Gate 12B", "Figure 3B".
    private func namesPlace(_ start: Int) -> Bool {
        Self.placesWithLetters.contains(wordBefore(start) ?? "")
    }

    /// False where the letter right after a number is neither a unit nor a multiplier; true for any other word.
    func counts(letterAt index: Int) -> Bool {
        guard !expectsUnit, text.length(index) == 1, text.kind(index - 1) == .number, let letter = text.word(index),
            ["A", "B", "T", "W", "V", "L", "M", "N", "J", "d"].contains(letter)
        else { return true }
        let start = numberStart(before: index)
        let next = text.kind(index + 1) == .space ? text.word(index + 2) ?? "" : ""
        if ["A", "V", "W"].contains(letter), Self.electrical.contains(next.lowercased()) { return true }
        if namesPlace(start) || isHouse(index) { return false }
        // "1.5A", "~5M", "5M/yr".
        if start < index - 1 || text.isSymbol(start - 1, "~", "<", ">", "+", "\u{B1}", "\u{2248}", "\u{2212}")
            || text.isSymbol(index + 1, "/")
        {
            return true
        }
        let before = text.lowercasedWord(text.beforeSpace(start)) ?? ""
        switch letter {
        case "A": return Self.wordsBeforeAmps.contains(before) || followsVolts(start)
        // "5W-30" is an oil.
        case "W" where text.isSymbol(index + 1, "-") && text.kind(index + 2) == .number: return false
        case "L" where Self.wordsAfterLiters.contains(next): return true
        case "V", "W", "L": return isLarge(start) || isUpperEnd(start) || measures(before: before, start)
        case "M" where Self.races.contains(next): return false
        case "M", "B", "T":
            return counts(next, at: index + 2, of: start, letter) || Self.wordsBeforeAmounts.contains(before)
                || letter == "M" && isLarge(start) || isUpperEnd(start)
        default: return true
        }
    }

    private static let electrical: Set<String> = [
        "battery", "batteries", "bulb", "bulbs", "charger", "chargers", "charging", "adapter", "adaptor", "supply",
        "outlet", "fuse", "socket", "circuit", "breaker", "motor", "lamp", "light", "lights", "led", "usb", "power",
        "output", "input", "ac", "dc", "plug", "cable", "panel", "panels", "speaker", "speakers", "amplifier", "heater",
        "rail", "system", "current", "load", "solar", "laser", "microwave", "relay", "transformer",
    ]
    private static let wordsBeforeAmps: Set<String> = [
        "draws", "draw", "drawing", "rated", "supplies", "delivers", "current", "carries", "pulls",
    ]
    private static let wordsAfterLiters: Set<String> = [
        "of", "bottle", "bottles", "bag", "bags", "tank", "jug", "engine", "can", "cans", "carton", "pot", "capacity",
    ]
    private static let races: Set<String> = ["dash", "race", "relay", "sprint", "hurdles", "freestyle", "final"]
    private static let wordsBeforeAmounts: Set<String> = [
        "over", "under", "about", "nearly", "almost", "than", "around", "approximately", "roughly", "raised", "raises",
        "worth", "spent", "earned", "lost", "cost", "costs", "least", "exceeds", "exceeded", "reached", "totaled",
    ]

    /// The word counted by millions: "5M users", "10M lines"; but "3M makes tape".
    private func counts(_ word: String, at index: Int, of start: Int, _ letter: String) -> Bool {
        if Self.countedByMillions.contains(word) { return true }
        let isCompany = letter == "M" && text.integer(start) == 3
        // "5M in funding".
        if word == "in", letter != "T", !isCompany, text.isLowercase(text.skippingSpace(index + 1)) { return true }
        return !isCompany && word.count > 3 && word.hasSuffix("s") && !word.hasSuffix("ss") && text.isLowercase(index)
    }

    /// The 10 of "5-10M" and "5-10W".
    private func isUpperEnd(_ start: Int) -> Bool {
        text.isSymbol(start - 1, "-", "\u{2013}") && text.kind(start - 2) == .number
    }

    /// The 2 of "5V and 2A" and "5V/2A".
    private func followsVolts(_ start: Int) -> Bool {
        let before = text.beforeSpace(start)
        guard text.isSymbol(before, "/", ",") || ["and", "at"].contains(text.word(before) ?? "") else { return false }
        return text.word(text.beforeSpace(before)) == "V"
    }

    private func isLarge(_ start: Int) -> Bool { text.length(start) >= 3 }

    /// An ordinary word stands before the number, as in "uses 60W" and "a 5V pin", and no place does.
    private func measures(before word: String, _ start: Int) -> Bool {
        text.isLowercase(text.beforeSpace(start)) && !["in", "from"].contains(word)
    }

    /// Where the number begins whose last digits stand before `end`: "1,234.5".
    private func numberStart(before end: Int) -> Int {
        var start = end - 1
        for _ in 0..<12 {
            guard text.isSymbol(start - 1, ".", ","), text.kind(start - 2) == .number else { break }
            start -= 2
        }
        return start
    }
}
