/// What decoding needs to know of a vocabulary; `Tokenizer` in the engine, a small table in tests.
protocol DecodingVocabulary: Sendable {
    var special: SpecialTokens { get }
    /// English-only vocabularies have neither language nor task tokens in their start sequence.
    var isMultilingual: Bool { get }
    /// The tokens that −1 in the suppress list stands for.
    var nonSpeechTokens: [Int] { get }

    func encode(_ text: String) -> [Int]
    func decode(_ tokens: [Int]) -> String
    func splitToWordTokens(_ tokens: [Int], language: String?) -> (words: [String], tokens: [[Int]])
}

extension Tokenizer: DecodingVocabulary {}

extension DecodingVocabulary {
    /// The tokens that every transcript starts with: `<|startoftranscript|>`, and for multilingual vocabularies the
    /// language and the task.
    func startSequence(language: String, task: TranscriptionTask) throws(RecognitionError) -> [Int] {
        guard isMultilingual else { return [special.startOfTranscript] }
        guard let language = special.languages.first(where: { $0.code == language }) else {
            throw RecognitionError(
                .languageUnsupported,
                "the model's vocabulary has no token for the language \"\(language)\"; "
                    + "give one of its \(special.languages.count) language codes, or let it be detected")
        }
        return [special.startOfTranscript, language.token, task == .translate ? special.translate : special.transcribe]
    }

    /// Tokens of a text that a person gave: as the reference, with one space before and none around it.
    func encodePrompt(_ text: String) -> [Int] {
        encode(" " + ReferenceText.strip(text))
    }
}
