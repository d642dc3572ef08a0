/// The token of a language, `<|code|>`.
public struct LanguageToken: Sendable, Hashable {
    public let language: Language
    public let token: Int

    public init(language: Language, token: Int) {
        self.language = language
        self.token = token
    }

    /// Code of the language, such as `en`.
    public var code: String { language.code }
}

/// Ids of the tokens that steer the decoder, found by name in the vocabulary.
public struct SpecialTokens: Sendable, Equatable {
    /// `<|endoftext|>`; every token below it is text.
    public var endOfText: Int
    /// `<|startoftranscript|>`
    public var startOfTranscript: Int
    /// `<|translate|>`
    public var translate: Int
    /// `<|transcribe|>`
    public var transcribe: Int
    /// `<|startoflm|>`
    public var startOfLM: Int
    /// `<|startofprev|>`, before the text that precedes a window.
    public var startOfPrev: Int
    /// `<|nospeech|>`, in older vocabularies `<|nocaptions|>`.
    public var noSpeech: Int
    /// `<|notimestamps|>`
    public var noTimestamps: Int
    /// `<|0.00|>`; this token and all after it are times, 0.02 s apart.
    public var timestampBegin: Int
    /// The languages of the vocabulary, in order of their tokens.
    public var languages: [LanguageToken]

    public init(
        endOfText: Int, startOfTranscript: Int, translate: Int, transcribe: Int, startOfLM: Int, startOfPrev: Int,
        noSpeech: Int, noTimestamps: Int, timestampBegin: Int, languages: [LanguageToken]
    ) {
        self.endOfText = endOfText
        self.startOfTranscript = startOfTranscript
        self.translate = translate
        self.transcribe = transcribe
        self.startOfLM = startOfLM
        self.startOfPrev = startOfPrev
        self.noSpeech = noSpeech
        self.noTimestamps = noTimestamps
        self.timestampBegin = timestampBegin
        self.languages = languages
    }

    /// Id of the token of the language with this code; nil if the vocabulary has none.
    public func token(ofLanguage code: String) -> Int? {
        languages.first { $0.code == code }?.token
    }
}

extension SpecialTokens {
    /// Number of timestamp tokens of a Whisper vocabulary: 0.00 s to 30.00 s by 0.02 s.
    static let timestampCount = 1501

    /// `<|1.08|>` for 54.
    static func timestampName(_ index: Int) -> String {
        let centiseconds = index * 2
        let fraction = centiseconds % 100
        return "<|\(centiseconds / 100).\(fraction < 10 ? "0" : "")\(fraction)|>"
    }

    /// The names of the tokens from `<|endoftext|>` on, in the order of all Whisper vocabularies.
    static func names(languageCount: Int) -> [String] {
        ["<|endoftext|>", "<|startoftranscript|>"]
            + Language.all.prefix(languageCount).map { "<|\($0.code)|>" }
            + [
                "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>",
                "<|notimestamps|>",
            ]
            + (0..<timestampCount).map(timestampName)
    }

    /// Finds the special tokens by name.
    ///
    /// - Parameter id: the id of the token with a name. `<|0.00|>` may be missing, as in vocabularies whose timestamps
    ///   only the model knows; they follow `<|notimestamps|>` then.
    /// - Throws: `tokenizer.special_token_missing`.
    init(file: String, id: (String) -> Int?) throws(RecognitionError) {
        func required(_ names: String...) throws(RecognitionError) -> Int {
            for name in names {
                if let id = id(name) { return id }
            }
            throw RecognitionError(
                .specialTokenMissing,
                "\(file): the vocabulary has no token \(names.joined(separator: " or ")); "
                    + "it is not the vocabulary of a Whisper model")
        }
        let noTimestamps = try required("<|notimestamps|>")
        self.init(
            endOfText: try required("<|endoftext|>"),
            startOfTranscript: try required("<|startoftranscript|>"),
            translate: try required("<|translate|>"),
            transcribe: try required("<|transcribe|>"),
            startOfLM: try required("<|startoflm|>"),
            startOfPrev: try required("<|startofprev|>"),
            noSpeech: try required("<|nospeech|>", "<|nocaptions|>"),
            noTimestamps: noTimestamps,
            timestampBegin: id("<|0.00|>") ?? noTimestamps + 1,
            languages: Language.all.compactMap { language in
                id("<|\(language.code)|>").map { LanguageToken(language: language, token: $0) }
            }.sorted { $0.token < $1.token })
    }
}
