/// Phonemes that an author has written into plain text: `the [[h@l'oU]] sign`.
enum InlinePhonemes {
    /// Bytes between the brackets.
    private static let longest = 400

    /// Plain text in the form that marked-up text has.
    static func items(
        of text: Substring, _ notation: PhonemeNotation, warnings: inout [SpeechWarning]
    ) -> [MarkedText.Item] {
        var items: [MarkedText.Item] = []
        var start = text.startIndex
        var next = start
        var closing = start..<start
        while var opening = pair(UInt8(ascii: "["), in: text.utf8[next...]) {
            // Looked for once, however many brackets open before it.
            if closing.lowerBound < opening.upperBound {
                guard let found = pair(UInt8(ascii: "]"), in: text.utf8[opening.upperBound...]) else { break }
                closing = found
            }
            guard text.utf8.distance(from: opening.upperBound, to: closing.lowerBound) <= longest else {
                next = opening.upperBound
                continue
            }
            while let inner = pair(UInt8(ascii: "["), in: text.utf8[opening.upperBound..<closing.lowerBound]) {
                opening = inner
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
            case .failure(let unknown) where warnings.count < SpeechWarning.most:
                // The text may just be about brackets.
                warnings.append(SpeechWarning(message: "[[\(EspeakText.clean(mnemonics))]]: \(unknown)"))
            case .failure: break
            }
        }
        if start < text.endIndex { items.append(.text(String(text[start...]), .neutral)) }
        return items
    }

    /// The first place where `byte` stands twice.
    private static func pair(_ byte: UInt8, in bytes: Substring.UTF8View) -> Range<String.Index>? {
        var previous: String.Index?
        for index in bytes.indices {
            guard bytes[index] == byte else {
                previous = nil
                continue
            }
            if let previous { return previous..<bytes.index(after: index) }
            previous = index
        }
        return nil
    }
}
