/// Turns text into the tokens of a Whisper model and back: byte-level BPE as in GPT-2, with the special tokens that
/// steer the decoder.
///
/// Tokens are the reference's for the same vocabulary; special tokens are found by name, so smaller vocabularies work
/// as well as OpenAI's.
public struct Tokenizer: Sendable {
    /// Number of tokens; ids are `0..<vocabularySize`. A model may have more, whose ids stand for no text.
    public let vocabularySize: Int
    /// The tokens that steer the decoder.
    public let special: SpecialTokens
    /// Whether the model that this vocabulary belongs to is told language and task.
    ///
    /// For OpenAI's vocabularies as in the reference: 51 865 tokens or more. Vocabularies that are smaller than
    /// theirs count as multilingual if they have tokens for at least two languages.
    public let isMultilingual: Bool

    let tokens: TokenTable
    private let encoder: BytePairEncoder
    var mergeRule: MergeRule { encoder.rule }

    /// Loads the tokenizer of a model directory: `tokenizer.json`, or else `vocab.json`, `merges.txt` and, if it is
    /// there, `added_tokens.json`.
    ///
    /// Timestamp tokens that the files lack, as older ones do, are added after `<|notimestamps|>`.
    /// - Throws: `tokenizer.*`, with the file, the byte offset and the field at fault.
    public static func load(directory: String) throws(RecognitionError) -> Tokenizer {
        let (source, file) = try VocabularySource.load(directory: directory)
        return try Tokenizer(source, file: file)
    }

    /// A tokenizer from the text of a `tokenizer.json`.
    ///
    /// - Parameter file: path of the file, for errors.
    /// - Throws: `tokenizer.*`, as `load(directory:)`.
    public init(tokenizerJSON json: UnsafeRawBufferPointer, file: String) throws(RecognitionError) {
        try self.init(try VocabularySource(tokenizerJSON: json, file), file: file)
    }

    init(_ source: consuming VocabularySource, file: String) throws(RecognitionError) {
        let merges = source.merges
        let wholeWordsFirst = source.wholeWordsFirst
        let tokens = try Self.completingTimestamps(source.tokens, file: file)
        let names = try TokenIndex(tokens, .special, file: file)
        let index = try TokenIndex(tokens, .text, file: file)
        special = try SpecialTokens(file: file) { names.id(of: $0, in: tokens) }
        vocabularySize = tokens.count
        isMultilingual = Self.isMultilingual(special, vocabularySize: tokens.count)
        let rule: MergeRule =
            if let merges {
                try MergeRule(merges, wholeWordsFirst: wholeWordsFirst, tokens: tokens, index: index, file: file)
            } else {
                .tokenID
            }
        self.tokens = tokens
        encoder = BytePairEncoder(tokens: tokens, index: index, rule: rule)
    }

    private static func completingTimestamps(
        _ builder: consuming TokenTableBuilder, file: String
    ) throws(RecognitionError) -> TokenTable {
        var builder = builder
        if builder.lastSpecialName == "<|notimestamps|>" {
            for index in 0..<SpecialTokens.timestampCount {
                builder.append(special: SpecialTokens.timestampName(index))
            }
        }
        return try builder.finish()
    }

    private static func isMultilingual(_ special: SpecialTokens, vocabularySize: Int) -> Bool {
        if vocabularySize >= WhisperVocabulary.englishSize {
            return vocabularySize > WhisperVocabulary.englishSize
                && special.endOfText != WhisperVocabulary.englishTextCount
        }
        return special.languages.count > 1
    }

    // MARK: Text

    /// Tokens of a text. The names of special tokens in it are encoded as the text that they are.
    public func encode(_ text: String) -> [Int] {
        encoder.encode(text)
    }

    /// Text of tokens. Timestamps are dropped, other special tokens are written by name, ids outside the vocabulary
    /// stand for nothing, and bytes that are not UTF-8 become U+FFFD, one for each maximal part of a character.
    public func decode(_ tokens: [Int]) -> String {
        decodeWithTimestamps(tokens.filter { $0 < special.timestampBegin })
    }

    /// Text of tokens with timestamps in the form `<|1.08|>`.
    public func decodeWithTimestamps(_ tokens: [Int]) -> String {
        var bytes: [UInt8] = []
        for token in tokens { bytes.append(contentsOf: self.tokens[token]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes of a token, which need not be whole characters; the name of a special token; none for an id outside the
    /// vocabulary.
    public func bytes(of token: Int) -> [UInt8] {
        Array(tokens[token])
    }
}
