/// Dates as people say them.
enum SpokenDate {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// Such as `May 1 2027`, in universal time.
    static func text(_ seconds: Int) -> String {
        let (year, month, day) = civil(seconds)
        return "\(months[month - 1]) \(day) \(year)"
    }

    /// Such as `2027-05-01`.
    static func numeric(_ seconds: Int) -> String {
        let (year, month, day) = civil(seconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }

    /// The proleptic Gregorian date, by Howard Hinnant's `civil_from_days`.
    static func civil(_ seconds: Int) -> (year: Int, month: Int, day: Int) {
        // Within some thousand years of now, so that nothing overflows.
        let bounded = min(max(seconds, -62_135_596_800), 253_402_300_799)
        let days = (bounded >= 0 ? bounded : bounded - 86_399) / 86_400 + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
