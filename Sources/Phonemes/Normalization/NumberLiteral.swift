/// A number as it is written: its digits without grouping, and where it ends.
struct NumberLiteral {
    /// Digits before the decimal point; empty for ".5".
    var integer: ArraySlice<Unicode.Scalar>
    /// Digits after the decimal point.
    var fraction: ArraySlice<Unicode.Scalar>?
    /// Thousands are set off by commas or spaces.
    var isGrouped = false
    /// Index of the first token after the number.
    var end: Int

    /// Exactly one, so that the unit after it is singular.
    var isOne: Bool { fraction == nil && integer.drop { $0 == "0" }.elementsEqual(["1"]) }

    /// The value, where it is a whole number of at most 9 digits.
    var value: Int? {
        guard fraction == nil, integer.count <= 9 else { return nil }
        return integer.reduce(0) { $0 * 10 + Int($1.value - 48) }
    }
}

extension EnglishReader {
    /// Groups of thousands that are read as one number.
    private static let mostGroups = 12

    /// The number that begins at `index`: "5", "1,234,567.89", "1 000 000", ".5".
    func number(at index: Int) -> NumberLiteral? {
        if text.isSymbol(index, "."), let fraction = text.digits(index + 1), !text.isSymbol(index + 2, ".") {
            return NumberLiteral(integer: [], fraction: fraction, end: index + 2)
        }
        guard let digits = text.digits(index) else { return nil }
        if let continental = continentalNumber(at: index) { return continental }
        var literal = NumberLiteral(integer: digits, end: index + 1)
        if digits.count <= 3 { joinGroups(into: &literal) }
        // "1.2.3" is no decimal, and "it was 5.Then" has none.
        if text.isSymbol(literal.end, "."), let fraction = text.digits(literal.end + 1),
            !(text.isSymbol(literal.end + 2, ".") && text.kind(literal.end + 3) == .number)
        {
            literal.fraction = fraction
            literal.end += 2
        }
        return literal
    }

    /// "1.234,56": stops between thousands and a decimal comma.
    func continentalNumber(at index: Int) -> NumberLiteral? {
        guard let first = text.digits(index), first.count <= 3, isGroup(at: index + 1, after: ".") else { return nil }
        var joined = Array(first)
        var end = index + 1
        while end - index < 2 * Self.mostGroups, isGroup(at: end, after: ".") {
            joined += text.slice(end + 1)
            end += 2
        }
        guard end > index + 1, text.isSymbol(end, ","), let fraction = text.digits(end + 1), fraction.count == 2 else {
            // "1.000.000": no version has three digits in each of its parts.
            let isWhole = end > index + 3 && first.first != "0" && !text.isSymbol(end, ".", ",")
            return isWhole ? NumberLiteral(integer: joined[...], isGrouped: true, end: end) : nil
        }
        return NumberLiteral(integer: joined[...], fraction: fraction, end: end + 2)
    }

    private func joinGroups(into literal: inout NumberLiteral) {
        for separator: Unicode.Scalar in [",", " "] where isGroup(at: literal.end, after: separator) {
            var groups = 0
            var end = literal.end
            while groups <= Self.mostGroups, isGroup(at: end, after: separator) {
                groups += 1
                end += 2
            }
            guard groups >= (separator == " " ? 2 : 1), groups <= Self.mostGroups else { continue }
            var joined = Array(literal.integer)
            for group in 0..<groups { joined += text.slice(literal.end + 2 * group + 1) }
            literal = NumberLiteral(integer: joined[...], isGrouped: true, end: end)
            return
        }
    }

    private func isGroup(at index: Int, after separator: Unicode.Scalar) -> Bool {
        guard text.kind(index + 1) == .number, text.length(index + 1) == 3, text.length(index) == 1 else {
            return false
        }
        return text.scalars[text.tokens[index].start] == separator
    }

    /// The number in words: "one thousand", "three point one four", "zero zero seven".
    func words(of literal: NumberLiteral) -> String {
        if let fraction = literal.fraction { return numbers.decimal(literal.integer, fraction) }
        let leadingZero = literal.integer.count > 1 && literal.integer.first == "0"
        return leadingZero ? numbers.spelled(literal.integer) : numbers.cardinal(literal.integer)
    }
}
