/// Phonemes that an author has written into plain text: `the [[h@l'oU]] sign`.
enum InlinePhonemes {
    /// Letters between the brackets.
    private static let longest = 200

    /// Plain text in the form that marked-up text has.
    static func items(
        of text: Substring, _ notation: PhonemeNotation, warnings: inout [SpeechWarning]
    ) -> [MarkedText.Item] {
        var items: [MarkedText.Item] = []
        var start = text.startIndex
        var next = start
        while let opening = text[next...].firstRange(of: "[[") {
            guard let closing = text[opening.upperBound...].prefix(longest).firstRange(of: "]]") else {
                next = opening.upperBound
                continue
            }
            let mnemonics = String(text[opening.upperBound..<closing.lowerBound])
            next = closing.upperBound
            switch notation.mnemonics(mnemonics) {
            case .success(let phonemes):
                if start < opening.lowerBound {
                    items.append(.text(String(text[start..<opening.lowerBound]), .neutral))
                }
                items.append(.phonemes(phonemes, text: mnemonics, .neutral))
                start = next
            case .failure(let unknown):
                // The text may just be about brackets.
                warnings.append(SpeechWarning(message: "[[\(EspeakText.clean(mnemonics))]]: \(unknown)"))
            }
        }
        if start < text.endIndex { items.append(.text(String(text[start...]), .neutral)) }
        return items
    }
}
