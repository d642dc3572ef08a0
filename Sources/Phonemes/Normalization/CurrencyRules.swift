/// A currency by the names of its units.
struct Currency: Sendable {
    var singular: String
    var plural: String
    /// A hundredth; nil where amounts have none that is said.
    var cent: String?
    var cents: String?

    init(_ singular: String, _ plural: String? = nil, cent: String? = nil, cents: String? = nil) {
        self.singular = singular
        self.plural = plural ?? singular + "s"
        self.cent = cent
        self.cents = cents ?? cent.map { $0 + "s" }
    }

    static let bySymbol: [Unicode.Scalar: Currency] = [
        "$": Currency("dollar", cent: "cent"), "\u{20AC}": Currency("euro", cent: "cent"),
        "\u{A3}": Currency("pound", cent: "penny", cents: "pence"), "\u{A5}": Currency("yen", "yen"),
        "\u{20B9}": Currency("rupee", cent: "paisa", cents: "paise"), "\u{20A9}": Currency("won", "won"),
        "\u{20BD}": Currency("ruble"), "\u{20BA}": Currency("lira", "lira"), "\u{20BF}": Currency("bitcoin"),
        "\u{20AB}": Currency("dong", "dong"), "\u{20B4}": Currency("hryvnia"), "\u{20B1}": Currency("peso"),
        "\u{E3F}": Currency("baht", "baht"), "\u{20A6}": Currency("naira", "naira"), "\u{20AA}": Currency("shekel"),
    ]

    static let byCode: [String: Currency] = [
        "USD": Currency("U.S dollar", cent: "cent"), "EUR": Currency("euro", cent: "cent"),
        "GBP": Currency("British pound", cent: "penny", cents: "pence"), "JPY": Currency("yen", "yen"),
        "CAD": Currency("Canadian dollar", cent: "cent"), "AUD": Currency("Australian dollar", cent: "cent"),
        "NZD": Currency("New Zealand dollar", cent: "cent"), "CHF": Currency("Swiss franc"),
        "INR": Currency("rupee"), "CNY": Currency("yuan", "yuan"), "RMB": Currency("yuan", "yuan"),
        "SEK": Currency("Swedish krona", "Swedish kronor"), "NOK": Currency("Norwegian krone", "Norwegian kroner"),
        "DKK": Currency("Danish krone", "Danish kroner"), "MXN": Currency("Mexican peso"), "BTC": Currency("bitcoin"),
        "KRW": Currency("won", "won"), "BRL": Currency("real", "reais"), "ZAR": Currency("rand", "rand"),
    ]

    /// What may stand right before a dollar sign, and how it is said.
    static let dollarPrefixes = [
        "US": "U.S", "A": "Australian", "AU": "Australian", "C": "Canadian", "CA": "Canadian", "NZ": "New Zealand",
        "HK": "Hong Kong", "S": "Singapore", "R": "Brazilian",
    ]
}

/// Amounts of money: "$3.50", "€1.2 million", "US$5", "5 USD", "50¢", "$5-10".
extension EnglishReader {
    /// "$3.50".
    func currencyAmount(at index: Int) -> Reading? {
        guard let symbol = text.symbol(index), let currency = Currency.bySymbol[symbol] else { return nil }
        return amount(of: currency, at: text.skippingSpace(index + 1), symbol: symbol, before: index)
    }

    /// "US$5", "USD 5".
    func currencyBeforeNumber(at index: Int) -> Reading? {
        guard text.length(index) <= 3, text.isAllCapitals(index), let word = text.word(index) else { return nil }
        if text.isSymbol(index + 1, "$"), let adjective = Currency.dollarPrefixes[word] {
            let dollar = Currency(adjective + " dollar", cent: "cent")
            return amount(of: dollar, at: index + 2, symbol: "$", before: index)
        }
        guard let currency = Currency.byCode[word] else { return nil }
        return amount(of: currency, at: text.skippingSpace(index + 1), symbol: nil, before: index)
    }

    /// "Rs. 500", "Rs 500".
    func rupees(at index: Int) -> Reading? {
        guard text.word(index) == "Rs", let rupee = Currency.bySymbol["\u{20B9}"] else { return nil }
        let start = text.skippingSpace(text.isSymbol(index + 1, ".") ? index + 2 : index + 1)
        return amount(of: rupee, at: start, symbol: nil, before: index)
    }

    /// "5 USD", "20€", "50¢", "50p".
    func amountBeforeCurrency(at index: Int) -> Reading? {
        guard let literal = decimalComma(at: index) ?? number(at: index) else { return nil }
        let adjacent = literal.end
        let next = text.skippingSpace(adjacent)
        if text.isSymbol(adjacent, "\u{A2}") || (conventions.british && text.word(adjacent) == "p") {
            let cents = text.isSymbol(adjacent, "\u{A2}") ? ("cent", "cents") : ("penny", "pence")
            return Reading(words: words(of: literal) + " " + (literal.isOne ? cents.0 : cents.1), end: adjacent + 1)
        }
        if let symbol = text.symbol(next), let currency = Currency.bySymbol[symbol],
            next == adjacent || text.kind(next + 1) != .number
        {
            return Reading(words: self.words(literal, currency, scale: nil), end: next + 1)
        }
        let scale = magnitude(at: adjacent)
        let code = text.skippingSpace(scale?.end ?? adjacent)
        guard let word = text.word(code), let currency = Currency.byCode[word] else { return nil }
        return Reading(words: words(literal, currency, scale: scale?.words), end: code + 1)
    }

    /// "12,50 €": a decimal comma, told by the currency after it.
    private func decimalComma(at index: Int) -> NumberLiteral? {
        guard let integer = text.digits(index), text.isSymbol(index + 1, ","), let cents = text.digits(index + 2),
            cents.count == 2, text.isSymbol(text.skippingSpace(index + 3), "\u{20AC}")
        else { return nil }
        return NumberLiteral(integer: integer, fraction: cents, end: index + 3)
    }

    /// "€1,5", "€12,50": no thousands have one or two digits.
    private func commaBeforeCents(at index: Int) -> NumberLiteral? {
        guard let integer = text.digits(index), text.isSymbol(index + 1, ","), let cents = text.digits(index + 2),
            cents.count <= 2, !(text.isSymbol(index + 3, ",", ".") && text.kind(index + 4) == .number)
        else { return nil }
        return NumberLiteral(integer: integer, fraction: cents, end: index + 3)
    }

    /// "€1.500": euros are not said to a tenth of a cent.
    private func stopBeforeThousands(at index: Int) -> NumberLiteral? {
        guard let integer = text.digits(index), integer.count <= 3, integer.first != "0", text.isSymbol(index + 1, "."),
            let rest = text.digits(index + 2), rest.count == 3, magnitude(at: index + 3) == nil,
            !(text.isSymbol(index + 3, ",", ".") && text.kind(index + 4) == .number)
        else { return nil }
        return NumberLiteral(integer: (Array(integer) + rest)[...], isGrouped: true, end: index + 3)
    }

    private func amount(of currency: Currency, at index: Int, symbol: Unicode.Scalar?, before: Int) -> Reading? {
        guard
            var literal = commaBeforeCents(at: index) ?? (symbol == "\u{20AC}" ? stopBeforeThousands(at: index) : nil)
                ?? number(at: index)
        else { return nil }
        var range = ""
        if text.isSymbol(literal.end, "-", "\u{2013}") {
            let second = symbol.map { text.isSymbol(literal.end + 1, $0) } == true ? literal.end + 2 : literal.end + 1
            if let upper = number(at: second) {
                range = words(of: literal) + " to "
                literal = upper
            }
        }
        let scale = magnitude(at: literal.end)
        var end = scale?.end ?? literal.end
        var words = range + self.words(literal, currency, scale: scale?.words, allowsCents: range.isEmpty)
        if isAdjective(before: before, after: end), words.hasSuffix(currency.plural) {
            words = words.dropLast(currency.plural.count) + currency.singular
        }
        if text.isSymbol(end, "/"), let word = text.word(end + 1), let per = MeasureUnit.inDenominator(word) {
            words += " per " + per
            end += 2
        }
        if text.isSymbol(end, "-"), text.kind(end + 1) == .word { end += 1 }
        return Reading(words: words, end: end)
    }

    /// "three dollars and fifty cents", "one point two million euros".
    func words(_ literal: NumberLiteral, _ currency: Currency, scale: String?, allowsCents: Bool = true) -> String {
        if let scale { return words(of: literal) + " " + scale + " " + currency.plural }
        guard let fraction = literal.fraction else {
            let isHundreds = !literal.isGrouped && literal.integer.count == 4
            let amount = isHundreds ? hundreds(literal.integer) ?? words(of: literal) : words(of: literal)
            return amount + " " + (literal.isOne ? currency.singular : currency.plural)
        }
        guard allowsCents, fraction.count == 2, let cent = currency.cent, let cents = currency.cents else {
            return words(of: literal) + " " + currency.plural
        }
        let whole = NumberLiteral(integer: literal.integer, end: literal.end)
        let isWhole = fraction.allSatisfy { $0 == "0" }
        let hasWhole = literal.integer.contains { $0 != "0" }
        let head = words(of: whole) + " " + (whole.isOne ? currency.singular : currency.plural)
        if isWhole { return literal.integer.isEmpty ? "zero " + currency.plural : head }
        let tail = numbers.cardinal(fraction) + " " + (fraction.elementsEqual(["0", "1"]) ? cent : cents)
        return hasWhole ? head + " and " + tail : tail
    }

    private static let magnitudes = [
        "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million", "mln": "million",
        "mm": "million", "b": "billion", "B": "billion", "bn": "billion", "bln": "billion", "t": "trillion",
        "T": "trillion", "tn": "trillion", "trn": "trillion",
    ]
    private static let magnitudeWords: Set<String> = ["hundred", "thousand", "million", "billion", "trillion"]

    /// "million" in full after a space or hyphen, or a letter right after the number.
    private func magnitude(at index: Int) -> (words: String, end: Int)? {
        if let word = text.word(index), let magnitude = Self.magnitudes[word] { return (magnitude, index + 1) }
        let next = text.isSymbol(index, "-") ? index + 1 : text.skippingSpace(index)
        guard let word = text.lowercasedWord(next) else { return nil }
        if ["bn", "mn", "tn"].contains(word), next > index { return Self.magnitudes[word].map { ($0, next + 1) } }
        return Self.magnitudeWords.contains(word) ? (word, next + 1) : nil
    }

    private static let wordsAfterAmounts: Set<String> = [
        "in", "on", "for", "to", "and", "or", "from", "at", "by", "of", "a", "per", "each", "more", "less", "as", "is",
        "was", "with", "when", "if", "an", "off", "extra", "worth", "later", "today",
    ]

    /// The amount describes what comes after it: "a $5 fine", "a $5 million deal", "the $20 bill".
    private func isAdjective(before: Int, after: Int) -> Bool {
        guard text.kind(after) == .space, text.isLowercase(after + 1), let next = text.word(after + 1) else {
            return false
        }
        if ["bill", "bills", "note", "notes", "coin", "coins"].contains(next) { return true }
        guard let article = text.lowercasedWord(text.beforeSpace(before)), ["a", "an"].contains(article) else {
            return false
        }
        return !Self.wordsAfterAmounts.contains(next)
    }
}
