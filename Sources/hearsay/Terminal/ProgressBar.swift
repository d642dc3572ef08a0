/// One line at the bottom of a terminal that shows how far a piece of work has come.
struct ProgressBar {
    /// What the numbers of the bar mean.
    enum Unit {
        /// Seconds of a recording.
        case time
        case bytes
        /// Pieces of very different sizes: neither speed nor time left can be told.
        case pieces
    }

    private let label: String
    private let unit: Unit
    private let isShown: Bool
    private let stream = StandardStream.error
    private let clock = ContinuousClock()
    private var started: ContinuousClock.Instant
    private var drawn: ContinuousClock.Instant?
    /// Where the work stood at the start: bytes of an earlier attempt say nothing about today's speed.
    private var first: Double?

    private static let interval = Duration.milliseconds(100)

    /// A bar that is drawn only if `isShown` and standard error is a terminal.
    init(_ label: String, unit: Unit, isShown: Bool) {
        self.label = label
        self.unit = unit
        self.isShown = isShown && StandardStream.error.isTerminal
        started = clock.now
        first = unit == .time ? 0 : nil
    }

    /// The work begins now: speed and time left count from here.
    mutating func restart() {
        started = clock.now
    }

    /// Redraws the line, at most ten times a second.
    mutating func update(_ done: Double, of total: Double?) {
        guard isShown else { return }
        let now = clock.now
        let first = first ?? done
        self.first = first
        if let drawn, now - drawn < Self.interval { return }
        drawn = now
        let elapsed = (now - started) / .seconds(1)
        let line = Self.line(
            label: label, unit: unit, done: done, total: total, rate: elapsed > 0 ? (done - first) / elapsed : 0,
            columns: stream.columns)
        try? stream.write("\r\u{1B}[K" + line)
    }

    /// Takes the line away, so that other text can be printed; the next update draws it again.
    mutating func clear() {
        guard drawn != nil else { return }
        drawn = nil
        try? stream.write("\r\u{1B}[K")
    }

    /// The text of the line, cut to the terminal's width. `rate` is work per second.
    static func line(label: String, unit: Unit, done: Double, total: Double?, rate: Double, columns: Int) -> String {
        var tail = ""
        if let total, total > 0 {
            let share = min(max(done / total, 0), 1)
            tail = " \(Int(share * 100)) %  \(format(done, unit)) of \(format(total, unit))\(speed(rate, unit))"
            if rate > 0, unit != .pieces { tail += "  \(clockTime((total - min(done, total)) / rate)) left" }
            let width = min(30, columns - 1 - label.count - tail.count - 3)
            if width >= 8 {
                let filled = Int(share * Double(width))
                let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
                return "\(label) [\(bar)]\(tail)"
            }
        } else {
            tail = " \(format(done, unit))\(speed(rate, unit))"
        }
        return String((label + tail).prefix(max(1, columns - 1)))
    }

    private static func speed(_ rate: Double, _ unit: Unit) -> String {
        guard rate > 0 else { return "" }
        return switch unit {
        case .time: "  \(oneDecimal(rate))× real time"
        case .bytes: "  \(format(rate, unit))/s"
        case .pieces: ""
        }
    }

    private static func format(_ value: Double, _ unit: Unit) -> String {
        switch unit {
        case .time: clockTime(value)
        case .bytes: byteCount(Int(value))
        case .pieces: "\(Int(value))"
        }
    }

    /// `1:02:03` or `2:03`.
    static func clockTime(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 1e9))
        let minutes = whole / 60 % 60
        let pair = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        return whole >= 3600
            ? "\(whole / 3600):\(pair(minutes)):\(pair(whole % 60))" : "\(minutes):\(pair(whole % 60))"
    }

    /// `12.3 MiB`.
    static func byteCount(_ bytes: Int) -> String {
        var value = Double(bytes)
        for name in ["B", "KiB", "MiB"] {
            if value < 1024 { return name == "B" ? "\(bytes) B" : "\(oneDecimal(value)) \(name)" }
            value /= 1024
        }
        return "\(oneDecimal(value)) GiB"
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((min(value, 1e12) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
