extension Lexicon {
    /// Reads a lexicon.
    ///
    /// - Parameters:
    ///   - bytes: the file's contents.
    ///   - language: of the voice that will speak, which decides what a mnemonic means.
    /// - Throws: ``PhonemeError/Code/lexiconInvalid`` with the position, or ``PhonemeError/Code/textTooLong``.
    public init(parsing bytes: some Collection<UInt8>, language: String) throws(PhonemeError) {
        try self.init(parsing: bytes, language: language, mostEntries: Self.mostEntries)
    }

    /// - Parameter mostEntries: for tests.
    init(parsing bytes: some Collection<UInt8>, language: String, mostEntries: Int) throws(PhonemeError) {
        self.init(language: language)
        guard bytes.count <= Self.longest else {
            throw PhonemeError(.textTooLong, "A lexicon may have \(Self.longest) bytes at most.")
        }
        let notation = PhonemeNotation(language: language)
        var number = 0
        for line in bytes.split(omittingEmptySubsequences: false, whereSeparator: { $0 == UInt8(ascii: "\n") }) {
            number += 1
            try read(Self.text(of: line, number), number, notation)
            guard count <= mostEntries else {
                throw PhonemeError(
                    .lexiconInvalid, "A lexicon may have \(mostEntries) entries at most.",
                    at: TextPosition(line: number, column: 1))
            }
        }
    }

    private static func text(
        of line: some Collection<UInt8>, _ number: Int
    ) throws(PhonemeError) -> Substring.UnicodeScalarView {
        let text = String(decoding: line, as: UTF8.self)
        // What is no UTF-8 was replaced, and then the bytes are others.
        guard text.utf8.elementsEqual(line) else {
            let valid = zip(text.utf8, line).prefix { $0 == $1 }.count
            let column = String(decoding: line.prefix(valid), as: UTF8.self).unicodeScalars.count + 1
            throw PhonemeError(
                .lexiconInvalid, "This is not UTF-8. Save the lexicon as UTF-8.",
                at: TextPosition(line: number, column: column))
        }
        var scalars = text.unicodeScalars[...]
        if number == 1, scalars.first == "\u{FEFF}" { scalars = scalars.dropFirst() }
        return scalars
    }

    private mutating func read(
        _ line: Substring.UnicodeScalarView, _ number: Int, _ notation: PhonemeNotation
    ) throws(PhonemeError) {
        let entry = Self.withoutComment(line)
        guard entry.contains(where: { !$0.properties.isWhitespace }) else { return }

        func error(_ message: String, at index: String.Index) -> PhonemeError {
            let column = line.distance(from: line.startIndex, to: max(index, line.startIndex)) + 1
            return PhonemeError(.lexiconInvalid, message, at: TextPosition(line: number, column: column))
        }
        guard let equals = entry.firstIndex(of: "=") else {
            throw error("A line should be 'word = phonemes'; there is no '='.", at: entry.endIndex)
        }
        let words = entry[..<equals].split(whereSeparator: \.properties.isWhitespace)
        guard let first = words.first else { throw error("There is no word before '='.", at: entry.startIndex) }
        guard words.count <= Self.mostWords, entry[..<equals].utf8Count <= 200 else {
            throw error("An entry may have \(Self.mostWords) words and 200 bytes.", at: first.startIndex)
        }
        guard entry[..<equals].contains(where: { $0.properties.isAlphabetic }) else {
            throw error("There is no letter in the word.", at: first.startIndex)
        }
        let value = entry[entry.index(after: equals)...]
        let start = value.firstIndex { !$0.properties.isWhitespace } ?? value.endIndex
        switch Self.phonemes(String(Substring(value[start...])), notation) {
        case .success(let phonemes):
            add(words.map { String(Substring($0)) }.joined(separator: " "), words: Self.wordCount(words), phonemes)
        case .failure(let unknown): throw error(unknown.description, at: start)
        }
    }

    private static func phonemes(
        _ text: String, _ notation: PhonemeNotation
    ) -> Result<[Phoneme], PhonemeNotation.Unknown> {
        var text = text[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        guard text.hasPrefix("[[") else { return notation.ipa(String(text)) }
        guard text.hasSuffix("]]"), text.count >= 4 else {
            return .failure(PhonemeNotation.Unknown(description: "'[[' is not closed by ']]'."))
        }
        return notation.mnemonics(String(text.dropFirst(2).dropLast(2)))
    }

    /// Words as the text is cut into them, where a hyphen separates two.
    private static func wordCount(_ words: [Substring.UnicodeScalarView]) -> Int {
        LexiconWords.words(in: words.map { String(Substring($0)) }.joined(separator: " ")).count
    }

    private static func withoutComment(_ line: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        var previous: Unicode.Scalar = " "
        for index in line.indices {
            // A mnemonic may have '#' inside.
            if line[index] == "#", previous.properties.isWhitespace { return line[..<index] }
            previous = line[index]
        }
        return line
    }
}

extension Substring.UnicodeScalarView {
    fileprivate var utf8Count: Int { Substring(self).utf8.count }
}
