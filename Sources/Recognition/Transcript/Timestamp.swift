/// The forms in which subtitle files write a point in time.
struct TimestampStyle: Sendable {
    /// Whether hours are written even if they are zero.
    var alwaysIncludesHours: Bool
    /// What separates seconds from milliseconds.
    var decimalMarker: String

    static let webVTT = TimestampStyle(alwaysIncludesHours: false, decimalMarker: ".")
    static let subRip = TimestampStyle(alwaysIncludesHours: true, decimalMarker: ",")

    /// `[HH:]MM:SS.mmm`, rounded to the nearest millisecond, ties to even, as the reference's `format_timestamp`.
    ///
    /// The reference refuses negative times; here they are written as zero.
    func format(_ seconds: Double) -> String {
        let total = max(0, Self.milliseconds(seconds))
        let hours = total / 3_600_000
        let clock =
            Self.padded(total / 60_000 % 60, 2) + ":" + Self.padded(total / 1000 % 60, 2)
            + decimalMarker + Self.padded(total % 1000, 3)
        return alwaysIncludesHours || hours > 0 ? Self.padded(hours, 2) + ":" + clock : clock
    }

    /// Whole milliseconds, ties to even; 0 for what is no number, and kept within ±2^53 so that it can be computed with.
    static func milliseconds(_ seconds: Double) -> Int {
        let value = (seconds * 1000).rounded(.toNearestOrEven)
        guard !value.isNaN else { return 0 }
        return Int(min(max(value, -0x1p53), 0x1p53))
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
