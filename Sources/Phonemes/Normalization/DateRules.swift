/// Names of months and days.
enum EnglishCalendar {
    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private static let months: [String: Int] = {
        var months = ["sept": 9]
        for (index, name) in monthNames.enumerated() {
            months[name.lowercased()] = index + 1
            months[String(name.lowercased().prefix(3))] = index + 1
        }
        return months
    }()

    private static let weekdays = [
        "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "weds": "Wednesday",
        "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday", "fri": "Friday", "sat": "Saturday",
        "sun": "Sunday",
    ]

    /// 1 for "january" or "jan"; `word` is in small letters.
    static func month(_ word: String) -> Int? { months[word] }

    /// "Monday" for "mon".
    static func weekday(_ word: String) -> String? { weekdays[word] }
}

/// Dates: "3/4/2025", "2025-03-04", "March 4th, 2025", "4 Mar 2025", "Mon."
extension EnglishReader {
    // MARK: Words of a date

    /// "March fourth, twenty twenty five", or "the fourth of March …" where days come first; nil where there is no
    /// such date.
    func dateWords(year: ArraySlice<Unicode.Scalar>?, month: Int, day: Int?, dayFirst: Bool? = nil) -> String? {
        guard (1...12).contains(month) else { return nil }
        var words = EnglishCalendar.monthNames[month - 1]
        if let day {
            guard (1...31).contains(day) else { return nil }
            let ordinal = numbers.ordinal(day)
            words = dayFirst ?? !conventions.monthFirst ? "the " + ordinal + " of " + words : words + " " + ordinal
        }
        guard let year else { return words }
        return words + (day == nil ? " " : ", ") + yearWords(year)
    }

    /// Years of two digits lie between 1950 and 2049.
    private func yearWords(_ year: ArraySlice<Unicode.Scalar>) -> String {
        guard year.count == 2, let first = year.first else { return numbers.year(year) }
        let century: [Unicode.Scalar] = first < "5" ? ["2", "0"] : ["1", "9"]
        return numbers.year((century + year)[...])
    }

    // MARK: Digits only

    /// "3/4/2025", "3/4/25", "04.03.2025", "2025-03-04", "2025-03-04T17:05Z".
    func numericDate(at index: Int) -> Reading? {
        guard let separator = text.symbol(index + 1), ["/", "-", "."].contains(separator),
            let first = text.digits(index), let second = text.integer(index + 2), text.isSymbol(index + 3, separator),
            let third = text.digits(index + 4),
            !(text.isSymbol(index + 5, separator) && text.kind(index + 6) == .number)
        else { return yearAndMonth(at: index) }
        if first.count == 4, let day = text.integer(index + 4) {
            guard let words = dateWords(year: first, month: second, day: day) else { return nil }
            return clock(after: words, end: index + 5)
        }
        guard first.count <= 2, third.count == 4 || (third.count == 2 && separator == "/"),
            let one = text.integer(index)
        else { return nil }
        let monthFirst = conventions.monthFirst && separator != "."
        let words =
            monthFirst
            ? dateWords(year: third, month: one, day: second) ?? dateWords(year: third, month: second, day: one)
            : dateWords(year: third, month: second, day: one) ?? dateWords(year: third, month: one, day: second)
        return words.map { Reading(words: $0, end: index + 5) }
    }

    /// "2025-03", which is no range of years.
    private func yearAndMonth(at index: Int) -> Reading? {
        guard let year = text.digits(index), year.count == 4, text.isSymbol(index + 1, "-"),
            let digits = text.digits(index + 2), digits.count == 2, digits.first == "0",
            let month = text.integer(index + 2), let yearEnd = text.integer(index), yearEnd % 100 > month,
            !text.isSymbol(index + 3, "-")
        else { return nil }
        return dateWords(year: year, month: month, day: nil).map { Reading(words: $0, end: index + 3) }
    }

    /// The time that follows a date as ISO 8601 writes it.
    private func clock(after date: String, end: Int) -> Reading {
        guard text.word(end) == "T", let time = clockTime(at: end + 1) else { return Reading(words: date, end: end) }
        let isUniversal = text.word(time.end) == "Z"
        let words = date + ", " + time.words + (isUniversal ? " U.T.C" : "")
        return Reading(words: words, end: isUniversal ? time.end + 1 : time.end)
    }

    // MARK: With the name of the month

    /// "March 4th, 2025", "Mar. 4", "March 4-6", "Sept 2004"; abbreviated months count only beside a number.
    func monthDate(at index: Int) -> Reading? {
        guard text.isCapitalized(index), text.length(index) <= 9, let word = text.lowercasedWord(index),
            let month = EnglishCalendar.month(word)
        else { return nil }
        let name = EnglishCalendar.monthNames[month - 1]
        let isShort = word.count < name.count
        let stop = isShort && text.isSymbol(index + 1, ".")
        let next = text.skippingSpace(stop ? index + 2 : index + 1)
        guard let (day, dayEnd) = dayOfMonth(at: next) else {
            guard isShort, stop || text.digits(next)?.count == 4 || text.digits(text.beforeSpace(index)) != nil else {
                return nil
            }
            return stop ? abbreviated(name, end: index + 2) : Reading(words: name, end: index + 1)
        }
        var words = name + " " + numbers.ordinal(day)
        if let (year, end) = yearAfterDay(at: dayEnd) {
            return Reading(words: words + ", " + year, end: end)
        }
        if let (last, end) = secondDay(at: dayEnd) {
            words += " to " + numbers.ordinal(last)
            if let (year, yearEnd) = yearAfterDay(at: end) { return Reading(words: words + ", " + year, end: yearEnd) }
            return Reading(words: words, end: end)
        }
        return Reading(words: words, end: dayEnd)
    }

    /// "4 March 2025", "4th of March", "4 Mar".
    func dayBeforeMonth(at index: Int) -> Reading? {
        guard let (day, dayEnd) = dayOfMonth(at: index) else { return nil }
        var next = text.kind(dayEnd) == .space || text.isSymbol(dayEnd, "-") ? dayEnd + 1 : dayEnd
        guard next > dayEnd else { return nil }
        if text.lowercasedWord(next) == "of" { next = text.skippingSpace(next + 1) }
        guard let word = text.lowercasedWord(next), let month = EnglishCalendar.month(word), text.isCapitalized(next)
        else { return nil }
        let name = EnglishCalendar.monthNames[month - 1]
        let before = text.lowercasedWord(text.beforeSpace(index))
        let article = before == "the" || before == "of" ? "" : "the "
        let words = article + numbers.ordinal(day) + " of " + name
        var end = next + 1
        if word.count < name.count, text.isSymbol(end, ".") { end += 1 }
        if let (year, yearEnd) = yearAfterDay(at: text.isSymbol(end, "-") ? end + 1 : end) {
            return Reading(words: words + ", " + year, end: yearEnd)
        }
        return abbreviated(words, end: end)
    }

    /// A day of one or two digits, with or without the ending of an ordinal.
    private func dayOfMonth(at index: Int) -> (day: Int, end: Int)? {
        guard let digits = text.digits(index), digits.count <= 2, let day = text.integer(index), (1...31).contains(day)
        else { return nil }
        if let suffix = text.lowercasedWord(index + 1) {
            return ["st", "nd", "rd", "th"].contains(suffix) ? (day, index + 2) : nil
        }
        // "March 4.5", "May 5:30", "May 5%" name no day.
        if text.isSymbol(index + 1, ".", ":", "/", ","), text.kind(index + 2) == .number { return nil }
        return text.isSymbol(index + 1, "%", "\u{B0}") ? nil : (day, index + 1)
    }

    /// The year after a day: ", 2025" or " 2025".
    private func yearAfterDay(at index: Int) -> (words: String, end: Int)? {
        let start = text.skippingSpace(text.isSymbol(index, ",") ? index + 1 : index)
        guard let digits = text.digits(start), digits.count == 4, let value = text.integer(start),
            (1000...2999).contains(value), !(text.isSymbol(start + 1, ":") && text.kind(start + 2) == .number)
        else { return nil }
        return (numbers.year(digits), start + 1)
    }

    /// The last day of a range of days.
    private func secondDay(at index: Int) -> (day: Int, end: Int)? {
        guard text.isSymbol(index, "-", "\u{2013}") else { return nil }
        return dayOfMonth(at: index + 1)
    }

    /// "Mon.", "Tues", "Sat, 4 March"; without a stop only before a date.
    func weekday(at index: Int) -> Reading? {
        guard text.isCapitalized(index), text.length(index) <= 5,
            let name = EnglishCalendar.weekday(text.text(index).lowercased())
        else {
            return nil
        }
        let isWord = ["Sat", "Sun", "Mon", "Wed"].contains(text.text(index))
        if text.isSymbol(index + 1, "."), !isWord || !sentenceEnds(at: index + 2) {
            return abbreviated(name, end: index + 2)
        }
        let next = text.skippingSpace(text.isSymbol(index + 1, ",") ? index + 2 : index + 1)
        let beforeDate =
            text.kind(next) == .number
            || (text.isCapitalized(next) && EnglishCalendar.month(text.text(next).lowercased()) != nil)
        let beginsRange =
            text.isSymbol(index + 1, "-", "\u{2013}") && text.isCapitalized(index + 2) && text.length(index + 2) <= 9
            && EnglishCalendar.weekday(String(text.text(index + 2).lowercased().prefix(3))) != nil
        return beforeDate || beginsRange || !isWord ? Reading(words: name, end: index + 1) : nil
    }

    /// "Q3 2024".
    func quarter(at index: Int) -> Reading? {
        guard text.length(index) == 1, text.word(index) == "Q", let number = text.integer(index + 1),
            (1...4).contains(number)
        else {
            return nil
        }
        return Reading(words: "Q " + numbers.cardinal(number), end: index + 2)
    }
}
