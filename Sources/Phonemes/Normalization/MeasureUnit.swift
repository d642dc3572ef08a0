/// A unit of measure by its names for one and for many.
struct MeasureUnit: Sendable {
    var singular: String
    var plural: String
    /// A length, which has squares and cubes.
    var isLength = false

    init(_ singular: String, _ plural: String, isLength: Bool = false) {
        self.singular = singular
        self.plural = plural
        self.isLength = isLength
    }

    func raised(to power: Int) -> MeasureUnit {
        let adjective = power == 2 ? "square " : "cubic "
        return MeasureUnit(adjective + singular, adjective + plural)
    }

    func per(_ unit: String) -> MeasureUnit {
        MeasureUnit(singular + " per " + unit, plural + " per " + unit)
    }

    /// The unit written as `symbol`. Some symbols are words too, and count only when `adjacent` to their number.
    static func named(_ symbol: String, adjacent: Bool) -> MeasureUnit? {
        if !adjacent, onlyAdjacent.contains(symbol) { return nil }
        return table[symbol]
    }

    /// What stands after a stroke: "hour" for `h` in `km/h`, "month" for `month`.
    static func inDenominator(_ symbol: String) -> String? {
        denominators[symbol] ?? table[symbol]?.singular
    }

    /// Symbols that may end with a full stop.
    static let takesStop: Set<String> = [
        "in", "ft", "lb", "lbs", "oz", "hr", "hrs", "min", "mins", "sec", "secs", "yd", "yds", "mi", "gal", "qt", "pt",
        "wk", "wks", "yr", "yrs", "mos", "sq", "cu", "tsp", "tbsp", "kg", "km", "cm", "mm", "mg",
        "ml", "mph",
    ]
    /// Words that are a unit only with a full stop, or right after their number.
    static let needsStop: Set<String> = ["in"]
    private static let onlyAdjacent: Set<String> = ["A", "N", "mo", "d"]

    private static let denominators = [
        "h": "hour", "hr": "hour", "s": "second", "sec": "second", "min": "minute", "d": "day", "day": "day",
        "wk": "week", "week": "week", "mo": "month", "month": "month", "yr": "year", "year": "year", "hour": "hour",
        "minute": "minute", "second": "second", "night": "night", "person": "person", "unit": "unit", "lb": "pound",
        "user": "user", "seat": "seat",
    ]

    private static let table: [String: MeasureUnit] = {
        var table: [String: MeasureUnit] = [:]
        for (symbols, singular, plural) in regular + irregular {
            for symbol in symbols.split(separator: " ") {
                let isLength = singular.hasSuffix("meter") || ["inch", "foot", "yard", "mile"].contains(singular)
                table[String(symbol)] = MeasureUnit(singular, plural ?? singular + "s", isLength: isLength)
            }
        }
        return table
    }()

    // Symbols, the name for one, and the name for many where it does not just add an s.
    private static let regular: [(String, String, String?)] = [
        ("km", "kilometer", nil), ("m", "meter", nil), ("cm", "centimeter", nil), ("mm", "millimeter", nil),
        ("\u{B5}m \u{3BC}m um", "micrometer", nil), ("nm", "nanometer", nil), ("mi", "mile", nil),
        ("yd yds", "yard", nil), ("nmi", "nautical mile", nil), ("ly", "light year", nil), ("px", "pixel", nil),
        ("ha", "hectare", nil),
        ("kg kgs", "kilogram", nil), ("g", "gram", nil), ("mg", "milligram", nil),
        ("\u{B5}g \u{3BC}g mcg ug", "microgram", nil), ("t", "ton", nil), ("lb lbs", "pound", nil),
        ("oz", "ounce", nil), ("l L", "liter", nil), ("ml mL", "milliliter", nil), ("cl cL", "centiliter", nil),
        ("dl dL", "deciliter", nil), ("gal", "gallon", nil), ("qt", "quart", nil), ("pt", "pint", nil),
        ("tsp", "teaspoon", nil), ("tbsp", "tablespoon", nil), ("cc", "cubic centimeter", nil),
        ("h hr hrs", "hour", nil), ("min mins", "minute", nil), ("s sec secs", "second", nil),
        ("ms", "millisecond", nil), ("\u{B5}s \u{3BC}s us", "microsecond", nil), ("ns", "nanosecond", nil),
        ("wk wks", "week", nil), ("mo mos", "month", nil), ("yr yrs", "year", nil), ("d", "day", nil),
        ("kb Kb", "kilobit", nil), ("Mb", "megabit", nil), ("Gb", "gigabit", nil),
        ("KB kB", "kilobyte", nil), ("MB", "megabyte", nil), ("GB", "gigabyte", nil), ("TB", "terabyte", nil),
        ("PB", "petabyte", nil), ("KiB", "kibibyte", nil), ("MiB", "mebibyte", nil), ("GiB", "gibibyte", nil),
        ("TiB", "tebibyte", nil),
        ("V", "volt", nil), ("mV", "millivolt", nil), ("kV", "kilovolt", nil), ("A", "amp", nil),
        ("mA", "milliamp", nil), ("W", "watt", nil), ("mW", "milliwatt", nil), ("kW", "kilowatt", nil),
        ("MW", "megawatt", nil), ("GW", "gigawatt", nil), ("Wh", "watt hour", nil), ("kWh", "kilowatt hour", nil),
        ("MWh", "megawatt hour", nil), ("GWh", "gigawatt hour", nil), ("mAh", "milliamp hour", nil),
        ("\u{3A9}", "ohm", nil), ("k\u{3A9}", "kilohm", nil), ("J", "joule", nil), ("kJ", "kilojoule", nil),
        ("MJ", "megajoule", nil), ("cal", "calorie", nil), ("kcal", "kilocalorie", nil), ("N", "newton", nil),
        ("kN", "kilonewton", nil), ("Pa", "pascal", nil), ("kPa", "kilopascal", nil), ("hPa", "hectopascal", nil),
        ("MPa", "megapascal", nil), ("bar", "bar", nil), ("atm", "atmosphere", nil), ("mol", "mole", nil),
        ("dB", "decibel", nil), ("eV", "electron volt", nil), ("keV", "kiloelectron volt", nil),
        ("MeV", "megaelectron volt", nil), ("GeV", "gigaelectron volt", nil), ("lm", "lumen", nil),
        ("\u{B5}F \u{3BC}F uF", "microfarad", nil), ("nF", "nanofarad", nil), ("pF", "picofarad", nil),
        ("kt kts", "knot", nil),
    ]
    private static let irregular: [(String, String, String?)] = [
        ("in", "inch", "inches"), ("ft", "foot", "feet"),
        ("Hz", "hertz", "hertz"), ("kHz KHz", "kilohertz", "kilohertz"), ("MHz", "megahertz", "megahertz"),
        ("GHz", "gigahertz", "gigahertz"), ("THz", "terahertz", "terahertz"),
        ("bps", "bit per second", "bits per second"), ("kbps Kbps", "kilobit per second", "kilobits per second"),
        ("Mbps", "megabit per second", "megabits per second"), ("Gbps", "gigabit per second", "gigabits per second"),
        ("mph", "mile per hour", "miles per hour"),
        ("kph kmh km\u{2F}h", "kilometer per hour", "kilometers per hour"),
        ("mpg", "mile per gallon", "miles per gallon"),
        ("rpm RPM", "revolution per minute", "revolutions per minute"),
        ("bpm BPM", "beat per minute", "beats per minute"), ("fps FPS", "frame per second", "frames per second"),
        ("dpi DPI", "dot per inch", "dots per inch"), ("ppi", "pixel per inch", "pixels per inch"),
        ("ppm", "part per million", "parts per million"), ("ppb", "part per billion", "parts per billion"),
        ("psi", "pound per square inch", "pounds per square inch"), ("hp", "horsepower", "horsepower"),
    ]
}
