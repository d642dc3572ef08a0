/// Text as the words that are heard, however they are written: `May 1st, 2027` and `may first twenty twenty-seven` are the
/// same.
enum SpokenWords {
    /// Most words of a text; more is no reading of a phrase.
    static let most = 400

    static func of(_ text: String) -> [String] {
        var words: [String] = []
        let lowered = text.lowercased().filter { $0 != "'" && $0 != "’" }
        for token in lowered.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            guard words.count < most else { break }
            words += spoken(String(token))
        }
        return joinedThousands(words)
    }

    private static func spoken(_ token: String) -> [String] {
        let digits = token.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return [cardinals[token] ?? token] }
        let rest = String(token.dropFirst(digits.count))
        guard digits.count <= 4, let number = Int(digits) else { return digits.map { numbers[Int(String($0)) ?? 0] } }
        return words(of: number) + (rest.isEmpty || ordinalEndings.contains(rest) ? [] : [rest])
    }

    private static let ordinalEndings: Set<String> = ["st", "nd", "rd", "th"]

    /// Years as they are said; 0 … 9999.
    private static func words(of number: Int) -> [String] {
        switch number {
        case ..<20: return [numbers[number]]
        case ..<100: return [tens[number / 10]] + (number % 10 == 0 ? [] : [numbers[number % 10]])
        case 1_000...:
            let high = words(of: number / 100)
            let low = number % 100
            if low == 0 { return number % 1_000 == 0 ? [numbers[number / 1_000], "thousand"] : high + ["hundred"] }
            return high + (low < 10 ? ["oh"] : []) + words(of: low)
        default: return [numbers[number / 100], "hundred"] + (number % 100 == 0 ? [] : words(of: number % 100))
        }
    }

    /// "two thousand and twenty seven" as "twenty twenty seven".
    private static func joinedThousands(_ words: [String]) -> [String] {
        guard let start = words.indices.first(where: { words[$0] == "two" && words[safe: $0 + 1] == "thousand" }) else {
            return words
        }
        var rest = Array(words[(start + 2)...])
        if rest.first == "and" { rest.removeFirst() }
        guard let next = rest.first, numbers.contains(next) || tens.contains(next) else { return words }
        return Array(words[..<start]) + ["twenty"]
            + (numbers.firstIndex(of: next).map { $0 < 10 } == true ? ["oh"] : [])
            + rest
    }

    private static let numbers = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]

    private static let tens = [
        "", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ]

    /// Ordinals count as what they are the ordinals of.
    private static let cardinals: [String: String] = {
        var words = [
            "first": "one", "second": "two", "third": "three", "fifth": "five", "eighth": "eight", "ninth": "nine",
            "twelfth": "twelve", "twentieth": "twenty", "thirtieth": "thirty",
        ]
        for number in numbers + ["hundred", "thousand"] where words.values.contains(number) == false {
            words["\(number)th"] = number
        }
        return words
    }()
}

extension Array {
    /// Nil beyond the end.
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
