/// Cuts text into sentences.
///
/// A full stop after an abbreviation, inside a number, a URL or initials ends nothing; quotation marks and brackets
/// that are never closed do no harm. A sentence longer than ``longestSentence`` is cut at its clauses, or else at a space.
/// Sentences without anything to say are left out.
public struct SentenceSplitter: Sendable {
    /// Characters (Unicode scalars) after which a sentence is cut even where it does not end.
    public static let longestSentence = 400

    let language: String
    let rules: StopRules

    /// Rules for `language`, a tag as espeak-ng writes it (`en-us`, `de`, `zh`).
    public init(language: String) {
        self.language = language
        rules = StopRules(language: language)
    }

    /// The sentences of `text` in order, without the white space around them.
    public func split(_ text: String) -> [Substring] {
        let scalars = Array(text.unicodeScalars)
        var sentences: [Substring] = []
        var index = text.startIndex
        var offset = 0
        for range in ranges(in: scalars, isFinal: true).sentences {
            let start = text.unicodeScalars.index(index, offsetBy: range.lowerBound - offset)
            index = text.unicodeScalars.index(start, offsetBy: range.count)
            offset = range.upperBound
            sentences.append(text[start..<index])
        }
        return sentences
    }

    /// The sentences that are complete, and where the one begins that is not.
    func ranges(in scalars: [Unicode.Scalar], isFinal: Bool) -> (sentences: [Range<Int>], rest: Int) {
        let scanner = SentenceScanner(scalars: scalars, isFinal: isFinal, rules: rules)
        var sentences: [Range<Int>] = []
        var start = scanner.skipBlanks(0)
        while start < scalars.count, case .ends(let end) = scanner.sentenceEnd(from: start) {
            var last = end
            while last > start, scalars[last - 1].isBlank { last -= 1 }
            if scalars[start..<last].contains(where: Self.isSpoken) { sentences.append(start..<last) }
            start = scanner.skipBlanks(end)
        }
        return (sentences, start)
    }

    /// Letters, digits and symbols that have a name; punctuation alone says nothing.
    static func isSpoken(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.isLetter || scalar.isDigit || "$%&+=<>@".unicodeScalars.contains(scalar) }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        case .decimalNumber, .letterNumber, .otherNumber, .currencySymbol, .mathSymbol, .otherSymbol: return true
        default: return false
        }
    }
}
