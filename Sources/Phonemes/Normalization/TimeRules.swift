/// Times of the day: "5:30pm", "17:05", "5 p.m.", "12:00".
extension EnglishReader {
    /// A time with minutes, or an hour with "am" or "pm".
    func clockTime(at index: Int) -> Reading? {
        guard let hourDigits = text.digits(index), hourDigits.count <= 2, let hour = text.integer(index), hour <= 24
        else {
            return nil
        }
        guard text.isSymbol(index + 1, ":") || hasStopBeforeMinutes(at: index, hour),
            let minuteDigits = text.digits(index + 2), minuteDigits.count == 2, let minute = text.integer(index + 2),
            minute < 60
        else { return wholeHour(at: index, hour) }
        var end = index + 3
        var seconds = ""
        if text.isSymbol(end, ":"), text.digits(end + 1)?.count == 2, let second = text.integer(end + 1), second < 60 {
            seconds = " and " + numbers.cardinal(second) + (second == 1 ? " second" : " seconds")
            end += 2
        }
        let half = halfOfDay(at: end)
        let clock = text.lowercasedWord(text.skippingSpace(end)) == "o'clock"
        let words = timeWords(hour, minuteDigits, onTwelveHourClock: half != nil, saysOClock: !clock) + seconds
        guard let half else { return Reading(words: words, end: end) }
        return abbreviated(words + " " + half.words, end: half.end)
    }

    /// "8.30pm", and the first half of "8.30-9.30pm".
    private func hasStopBeforeMinutes(at index: Int, _ hour: Int) -> Bool {
        guard (1...12).contains(hour), text.isSymbol(index + 1, "."), !text.isSymbol(index - 1, ".", ",", "$"),
            text.kind(index + 2) == .number
        else { return false }
        if halfOfDay(at: index + 3) != nil { return true }
        // "9.30-10.30am".
        return text.isSymbol(index + 3, "-", "\u{2013}") && text.length(index + 4) <= 2
            && text.isSymbol(index + 5, ".", ":") && text.length(index + 6) == 2 && halfOfDay(at: index + 7) != nil
    }

    private static let wordsBeforeLapTimes: Set<String> = ["in", "time", "clocked", "ran", "at"]

    /// "the 10K in 51:02": minutes and seconds, where no hour is so late; "52:48" alone is a ratio.
    func lapTime(at index: Int) -> Reading? {
        guard let digits = text.digits(index), digits.count == 2, text.isSymbol(index + 1, ":"),
            !text.isSymbol(index - 1, ":"), !text.isSymbol(index + 3, ":"), let seconds = text.digits(index + 2),
            seconds.count == 2, let value = text.integer(index + 2), value < 60,
            seconds.first == "0"
                || Self.wordsBeforeLapTimes.contains(text.lowercasedWord(text.beforeSpace(index)) ?? "")
        else { return nil }
        let words = numbers.cardinal(digits)
        return Reading(words: words + " " + (value == 0 ? "minutes" : numbers.pair(seconds)), end: index + 3)
    }

    private func wholeHour(at index: Int, _ hour: Int) -> Reading? {
        guard (1...12).contains(hour), let half = halfOfDay(at: index + 1) else { return nil }
        return abbreviated(numbers.cardinal(hour) + " " + half.words, end: half.end)
    }

    private func timeWords(
        _ hour: Int, _ minutes: ArraySlice<Unicode.Scalar>, onTwelveHourClock: Bool, saysOClock: Bool
    ) -> String {
        let hourWords = numbers.cardinal(hour)
        guard minutes.elementsEqual(["0", "0"]) else { return hourWords + " " + numbers.pair(minutes) }
        if onTwelveHourClock { return hourWords }
        guard (1...12).contains(hour) else { return hourWords + " hundred" }
        return saysOClock ? hourWords + " o'clock" : hourWords
    }

    /// "am", "p.m.", "PM" after an optional space. Letters with a full stop between them are never read as a word.
    private func halfOfDay(at index: Int) -> (words: String, end: Int)? {
        let start = text.skippingSpace(index)
        switch text.lowercasedWord(start) {
        case "am" where !text.isSymbol(start + 1, "'"): return ("a.m", start + 1)
        case "pm": return ("p.m", start + 1)
        case "a", "p":
            guard text.isSymbol(start + 1, "."), text.lowercasedWord(start + 2) == "m" else { return nil }
            let end = text.isSymbol(start + 3, ".") ? start + 4 : start + 3
            return (text.lowercasedWord(start) == "a" ? "a.m" : "p.m", end)
        default: return nil
        }
    }
}
