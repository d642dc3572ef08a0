/// Finds the words of a lexicon in a text.
enum LexiconWords {
    /// A stretch of a text.
    enum Piece: Equatable {
        case text(Substring)
        case word(Substring, [Phoneme])
    }

    /// Cuts `text` at the words that the lexicon has, of several the longest.
    static func pieces(of text: Substring, _ lexicon: Lexicon) -> [Piece] {
        guard !lexicon.isEmpty else { return [.text(text)] }
        let words = words(in: text)
        var pieces: [Piece] = []
        var start = text.startIndex
        var next = 0
        while next < words.count {
            guard let (count, phonemes) = longest(words[next...], in: text, lexicon) else {
                next += 1
                continue
            }
            let range = words[next].lowerBound..<words[next + count - 1].upperBound
            if start < range.lowerBound { pieces.append(.text(text[start..<range.lowerBound])) }
            pieces.append(.word(text[range], phonemes))
            start = range.upperBound
            next += count
        }
        if start < text.endIndex { pieces.append(.text(text[start...])) }
        return pieces
    }

    /// Cuts `text`, as its author wrote it, at the words that have digits or symbols in them and are in the lexicon.
    /// Normalising would make other words of them.
    static func symbolPieces(of text: Substring, _ lexicon: Lexicon) -> [Piece] {
        guard lexicon.hasSymbols else { return [.text(text)] }
        var pieces: [Piece] = []
        var start = text.startIndex
        for word in text.split(whereSeparator: \.isWhitespace) where hasSymbols(word) {
            guard let (range, phonemes) = symbolWord(word, lexicon) else { continue }
            if start < range.lowerBound { pieces.append(.text(text[start..<range.lowerBound])) }
            pieces.append(.word(text[range], phonemes))
            start = range.upperBound
        }
        if start < text.endIndex { pieces.append(.text(text[start...])) }
        return pieces
    }

    /// The entry for a word that may stand in brackets and before punctuation marks.
    private static func symbolWord(
        _ word: Substring, _ lexicon: Lexicon
    ) -> (range: Range<String.Index>, phonemes: [Phoneme])? {
        var inside = word
        while !inside.isEmpty, hasSymbols(inside) {
            if let phonemes = lexicon.phonemes(of: String(inside)) {
                return (inside.startIndex..<inside.endIndex, phonemes)
            }
            if let last = inside.last, ".,;:!?)]}\"'\u{2019}\u{201D}".contains(last) {
                inside.removeLast()
            } else if let first = inside.first, "([{\"'\u{2018}\u{201C}".contains(first) {
                inside.removeFirst()
            } else {
                return nil
            }
        }
        return nil
    }

    /// Whether a word has anything but what words are made of.
    static func hasSymbols(_ word: some StringProtocol) -> Bool {
        word.unicodeScalars.contains { scalar in
            !scalar.properties.isAlphabetic && !scalar.properties.isWhitespace
                && scalar.properties.canonicalCombiningClass == .notReordered
                && !"'\u{2019}-".unicodeScalars.contains(scalar)
        }
    }

    private static func longest(
        _ words: ArraySlice<Range<String.Index>>, in text: Substring, _ lexicon: Lexicon
    ) -> (count: Int, phonemes: [Phoneme])? {
        guard let first = words.first else { return nil }
        for count in stride(from: min(words.count, lexicon.longestEntry), to: 0, by: -1) {
            let range = first.lowerBound..<words[words.startIndex + count - 1].upperBound
            let key = text[range].split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if let phonemes = lexicon.phonemes(of: key) { return (count, phonemes) }
        }
        return nil
    }

    /// Stretches of letters, digits and what stands inside words: apostrophes and marks.
    static func words(in text: some StringProtocol) -> [Range<String.Index>] {
        let scalars = text.unicodeScalars
        var words: [Range<String.Index>] = []
        var start: String.Index?
        var end = scalars.startIndex
        for index in scalars.indices {
            let scalar = scalars[index]
            let properties = scalar.properties
            if properties.isAlphabetic || properties.numericType != nil
                || properties.canonicalCombiningClass != .notReordered
            {
                start = start ?? index
                end = scalars.index(after: index)
            } else if scalar != "'" && scalar != "\u{2019}" {
                if let first = start { words.append(first..<end) }
                start = nil
            }
        }
        if let first = start { words.append(first..<end) }
        return words
    }
}
