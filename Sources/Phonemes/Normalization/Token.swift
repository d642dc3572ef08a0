/// A stretch of text of one kind; the tokens of a text follow each other without gaps.
struct Token: Hashable, Sendable {
    enum Kind: UInt8 {
        /// Letters with the apostrophes between them: "don't".
        case word
        /// Digits 0 to 9.
        case number
        /// Spaces.
        case space
        /// One line break, with the spaces around it.
        case lineBreak
        /// Any other character, alone.
        case symbol
    }

    var kind: Kind
    /// Scalar offset of the first character.
    var start: Int
    /// Scalar offset after the last character.
    var end: Int

    var count: Int { end - start }
}

/// A text cut into tokens, with the questions that rules ask about them. An index outside the text is a blank.
struct TokenizedText: Sendable {
    let scalars: [Unicode.Scalar]
    let tokens: [Token]

    init(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
        var tokens: [Token] = []
        tokens.reserveCapacity(scalars.count / 3)
        var start = 0
        while start < scalars.count {
            let token = Self.token(in: scalars, at: start)
            tokens.append(token)
            start = token.end
        }
        self.tokens = tokens
    }

    private static func token(in scalars: [Unicode.Scalar], at start: Int) -> Token {
        let first = scalars[start]
        var end = start + 1
        if first.isLetter {
            while end < scalars.count {
                let apostropheInside = scalars[end] == "'" && end + 1 < scalars.count && scalars[end + 1].isLetter
                guard scalars[end].isLetter || apostropheInside else { break }
                end += 1
            }
            return Token(kind: .word, start: start, end: end)
        }
        if first.isDigit {
            while end < scalars.count, scalars[end].isDigit { end += 1 }
            return Token(kind: .number, start: start, end: end)
        }
        if first.isBlank {
            while end < scalars.count, scalars[end].isBlank { end += 1 }
            let breaks = scalars[start..<end].contains("\n")
            return Token(kind: breaks ? .lineBreak : .space, start: start, end: end)
        }
        return Token(kind: .symbol, start: start, end: end)
    }

    var count: Int { tokens.count }

    func kind(_ index: Int) -> Token.Kind? {
        tokens.indices.contains(index) ? tokens[index].kind : nil
    }

    /// No word, number or symbol is at `index`: a space, a line break, or an end of the text.
    func isBlank(_ index: Int) -> Bool {
        switch kind(index) {
        case .space, .lineBreak, nil: true
        case .word, .number, .symbol: false
        }
    }

    func slice(_ index: Int) -> ArraySlice<Unicode.Scalar> {
        tokens.indices.contains(index) ? scalars[tokens[index].start..<tokens[index].end] : []
    }

    func text(_ index: Int) -> String { String(scalars: slice(index)) }

    /// The word at `index` as it stands; nil for anything else.
    func word(_ index: Int) -> String? {
        kind(index) == .word ? text(index) : nil
    }

    /// The word at `index` in small letters; nil for anything else.
    func lowercasedWord(_ index: Int) -> String? {
        word(index)?.lowercased()
    }

    /// The digits at `index`; nil for anything else.
    func digits(_ index: Int) -> ArraySlice<Unicode.Scalar>? {
        kind(index) == .number ? slice(index) : nil
    }

    /// The value of the digits at `index`; nil for anything else and above 9 digits.
    func integer(_ index: Int) -> Int? {
        guard let digits = digits(index), digits.count <= 9 else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1.value - 48) }
    }

    func symbol(_ index: Int) -> Unicode.Scalar? {
        kind(index) == .symbol ? scalars[tokens[index].start] : nil
    }

    func isSymbol(_ index: Int, _ first: Unicode.Scalar, _ others: Unicode.Scalar...) -> Bool {
        guard let symbol = symbol(index) else { return false }
        return symbol == first || others.contains(symbol)
    }

    /// The number of characters at `index`; 0 outside the text.
    func length(_ index: Int) -> Int {
        tokens.indices.contains(index) ? tokens[index].count : 0
    }

    /// `index`, or the index after it where a space is there.
    func skippingSpace(_ index: Int) -> Int {
        kind(index) == .space ? index + 1 : index
    }

    /// The index before `index`, or the one before that where a space is there.
    func beforeSpace(_ index: Int) -> Int {
        kind(index - 1) == .space ? index - 2 : index - 1
    }

    func isCapitalized(_ index: Int) -> Bool {
        kind(index) == .word && slice(index).first?.isUppercaseLetter == true
    }

    func isLowercase(_ index: Int) -> Bool {
        kind(index) == .word && slice(index).first?.isLowercaseLetter == true
    }

    /// A word of capitals only.
    func isAllCapitals(_ index: Int) -> Bool {
        kind(index) == .word && slice(index).allSatisfy(\.isUppercaseLetter)
    }

    /// The word, number or symbol at `index` begins after a blank or an opening bracket or quote.
    func beginsChunk(_ index: Int) -> Bool {
        isBlank(index - 1) || isSymbol(index - 1, "(", "[", "{", "\"", "'", "<", "\u{2014}", "\u{2013}")
    }
}
