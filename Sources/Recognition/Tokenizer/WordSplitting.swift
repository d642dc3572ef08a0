extension Tokenizer {
    /// Languages that do not write spaces between words.
    private static let languagesWithoutSpaces: Set<String> = ["zh", "ja", "th", "lo", "my", "yue"]

    /// Groups tokens into words, as the reference's `split_to_word_tokens`.
    ///
    /// A word begins with a space, unless the language writes none: then, each group of tokens that is whole
    /// characters is a word. Special tokens and punctuation are words of their own. Tokens at the end that are no
    /// whole character are left out.
    ///
    /// - Parameters:
    ///   - tokens: tokens of text, usually with `<|endoftext|>` last.
    ///   - language: code of the language; nil for an English-only model.
    /// - Returns: text and tokens of each word.
    public func splitToWordTokens(_ tokens: [Int], language: String?) -> (words: [String], tokens: [[Int]]) {
        let characters = splitOnCharacters(tokens)
        if let language, Self.languagesWithoutSpaces.contains(language) { return characters }
        return joinOnSpaces(characters)
    }

    /// Ends a word wherever the tokens since the last one decode to whole characters.
    ///
    /// A U+FFFD only counts as broken if the whole text has no U+FFFD in its place.
    private func splitOnCharacters(_ tokens: [Int]) -> (words: [String], tokens: [[Int]]) {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let whole = Array(decodeWithTimestamps(tokens).unicodeScalars)
        var words: [String] = []
        var wordTokens: [[Int]] = []
        var pending: [Int] = []
        var position = 0
        for token in tokens {
            pending.append(token)
            let text = decodeWithTimestamps(pending)
            let scalars = Array(text.unicodeScalars)
            if let broken = scalars.firstIndex(of: replacement) {
                let place = position + broken
                guard place < whole.count, whole[place] == replacement else { continue }
            }
            words.append(text)
            wordTokens.append(pending)
            pending = []
            position += scalars.count
        }
        return (words, wordTokens)
    }

    private func joinOnSpaces(_ parts: (words: [String], tokens: [[Int]])) -> (words: [String], tokens: [[Int]]) {
        var words: [String] = []
        var wordTokens: [[Int]] = []
        for (text, tokens) in zip(parts.words, parts.tokens) {
            let isSpecial = tokens.first.map { $0 >= special.endOfText } ?? false
            let beginsWithSpace = text.utf8.first == UInt8(ascii: " ")
            if isSpecial || beginsWithSpace || Self.isPunctuation(text) || words.isEmpty {
                words.append(text)
                wordTokens.append(tokens)
            } else {
                words[words.count - 1] += text
                wordTokens[wordTokens.count - 1] += tokens
            }
        }
        return (words, wordTokens)
    }

    /// Python's `text.strip() in string.punctuation`, which also holds for nothing and for neighbours in that list.
    private static func isPunctuation(_ text: String) -> Bool {
        let stripped = Array(ReferenceText.strip(text).utf8)
        let punctuation = Array(##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##.utf8)
        if stripped.isEmpty { return true }
        guard stripped.count <= punctuation.count else { return false }
        return (0...(punctuation.count - stripped.count)).contains { start in
            punctuation[start...].starts(with: stripped)
        }
    }
}
