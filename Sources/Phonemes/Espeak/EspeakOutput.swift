/// Reads what espeak-ng writes.
enum EspeakOutput {
    /// The phonemes of a clause, a word boundary between two words.
    ///
    /// A stress mark in front of a phoneme becomes its stress. The marks of a change of language (`(fr)`) are dropped.
    /// `Training/hearsay_training/phonemes.py` does the very same, so that a voice hears what it has learnt.
    static func phonemes(of text: String) -> [Phoneme] {
        var phonemes: [Phoneme] = []
        for word in withoutLanguages(Array(text.unicodeScalars)).split(whereSeparator: \.properties.isWhitespace) {
            if !phonemes.isEmpty { phonemes.append(.wordBoundary) }
            for symbol in word.split(separator: "_") {
                let stress: UInt8 = symbol.first == primary ? 1 : symbol.first == secondary ? 2 : 0
                let letters = symbol.drop { $0 == primary || $0 == secondary }
                if !letters.isEmpty {
                    phonemes.append(Phoneme(String(String.UnicodeScalarView(letters)), stress: stress))
                }
            }
        }
        return phonemes
    }

    private static let primary: Unicode.Scalar = "\u{2C8}"
    private static let secondary: Unicode.Scalar = "\u{2CC}"

    private static func withoutLanguages(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard scalars.contains("(") else { return scalars }
        var result: [Unicode.Scalar] = []
        var next = 0
        while next < scalars.count {
            if scalars[next] == "(" {
                let tag = scalars[(next + 1)...].prefix { ("a"..."z").contains($0) || $0 == "-" }
                if !tag.isEmpty, tag.endIndex < scalars.count, scalars[tag.endIndex] == ")" {
                    next = tag.endIndex + 1
                    continue
                }
            }
            result.append(scalars[next])
            next += 1
        }
        return result
    }
}
