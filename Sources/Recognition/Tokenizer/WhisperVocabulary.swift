public import WeightFiles

/// The sizes of OpenAI's vocabularies, and the special tokens that whisper.cpp's files leave out.
enum WhisperVocabulary {
    /// Tokens of the English-only vocabulary, special ones included.
    static let englishSize = 51_864
    /// Tokens of text in the English-only vocabulary, GPT-2's.
    static let englishTextCount = 50_256
    /// Special tokens that are neither languages nor timestamps.
    private static let steeringTokenCount = 8

    /// Number of languages of a vocabulary with this many tokens of text.
    ///
    /// - Throws: `tokenizer.vocabulary_invalid` if the special tokens do not fit between the text and the end.
    static func languageCount(
        textCount: Int, vocabularySize: Int, file: String
    ) throws(RecognitionError) -> Int {
        // The size is a field of the file: kept in a range that can be computed with.
        let size = min(max(vocabularySize, 0), Int(Int32.max))
        let count = size - textCount - steeringTokenCount - SpecialTokens.timestampCount
        guard (0...Language.all.count).contains(count) else {
            throw RecognitionError(
                .vocabularyInvalid,
                "\(file): \(textCount) tokens of text and \(vocabularySize) tokens in all would leave room for "
                    + "\(count) languages, 0…\(Language.all.count) are possible (field n_vocab)")
        }
        // The reference derives the count from the size alone, so both must agree where that rule holds.
        let expected = size - 51_765 - (size > englishSize ? 1 : 0)
        guard size < englishSize || count == expected else {
            throw RecognitionError(
                .vocabularyInvalid,
                "\(file): a vocabulary of \(vocabularySize) tokens has \(expected) languages, but \(textCount) tokens "
                    + "of text leave room for \(count) (field n_vocab)")
        }
        return count
    }
}

extension Tokenizer {
    /// A tokenizer from the vocabulary of a whisper.cpp file: the raw bytes of each token of text, in order of id.
    ///
    /// Merges are not in the file; the ids are the ranks. Special tokens are not in it either, or only the first; they
    /// follow the text in the order of all Whisper vocabularies, as whisper.cpp numbers them. A file that does list
    /// them, as far as `<|startoftranscript|>` at least, is taken at its word.
    ///
    /// - Parameters:
    ///   - vocabularySize: `n_vocab` of the file's header, special tokens included.
    ///   - file: path of the file, for errors.
    /// - Throws: `tokenizer.vocabulary_invalid`, `tokenizer.special_token_missing`.
    public init(ggmlVocabulary: GGMLVocabulary, vocabularySize: Int, file: String) throws(RecognitionError) {
        try self.init(textTokens: ggmlVocabulary, vocabularySize: vocabularySize, file: file)
    }

    /// Not public, because generic code is only fast inside its module.
    init(
        textTokens: some Collection<some Collection<UInt8>>, vocabularySize: Int, file: String
    ) throws(RecognitionError) {
        var builder = TokenTableBuilder(file: file, sizeHint: textTokens.count * 8)
        var endOfText: Int?
        var listsSpecialTokens = false
        for token in textTokens {
            let start = builder.bytes.count
            let id = builder.highestID + 1
            builder.bytes.append(contentsOf: token)
            builder.add(id: id, from: start, isSpecial: false)
            switch builder.lastSpecialName {
            case "<|endoftext|>": endOfText = endOfText ?? Int(id)
            case "<|startoftranscript|>": listsSpecialTokens = true
            default: break
            }
        }
        if !listsSpecialTokens {
            let listed = textTokens.count
            let textCount = endOfText ?? listed
            let languageCount = try WhisperVocabulary.languageCount(
                textCount: textCount, vocabularySize: vocabularySize, file: file)
            let names = SpecialTokens.names(languageCount: languageCount)
            for name in names.dropFirst(listed - textCount) { builder.append(special: name) }
        }
        let source = VocabularySource(tokens: builder, merges: nil)
        try self.init(source, file: file)
    }
}
