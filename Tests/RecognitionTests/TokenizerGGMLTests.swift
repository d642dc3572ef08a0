import StrictJSON
import Testing

@testable import Recognition

/// Vocabularies as whisper.cpp's files hold them: raw bytes in order of id, without merges and special tokens.
@Suite struct TokenizerGGMLTests {
    /// Text tokens of the ranked vocabulary.
    private static func textTokens() throws -> [[UInt8]] {
        let tokenizer = try TokenizerFixture.ranked()
        return (0..<tokenizer.special.endOfText).map { tokenizer.bytes(of: $0) }
    }

    private static func load(_ tokens: [[UInt8]], _ size: Int) throws(RecognitionError) -> Tokenizer {
        try Tokenizer(textTokens: tokens, vocabularySize: size, file: "model.bin")
    }

    /// Single bytes and then as many made-up tokens as are missing.
    private static func filler(_ count: Int) -> [[UInt8]] {
        (0..<256).map { [UInt8($0)] } + (256..<count).map { Array("token\($0)".utf8) }
    }

    @Test func idsAreRanks() throws {
        let texts = try Self.textTokens()
        let tokenizer = try Self.load(texts, texts.count + 8 + 3 + 1501)
        #expect(tokenizer.special.languages.map(\.code) == ["en", "zh", "de"])
        #expect(tokenizer.vocabularySize == texts.count + 8 + 3 + 1501)
        for row in try TokenizerFixture.expected().member("texts").elements {
            #expect(tokenizer.encode(try #require(row["text"]?.string)) == row["tokens"]?.integers)
        }
    }

    /// Ids as whisper.cpp gives them (`whisper_vocab` and the shifts in `whisper_model_load`).
    @Test(arguments: [
        (50_256, 51_864, 50_256, 50_257, 99, 50_357, 50_358, 50_359, 50_360, 50_361, 50_362, 50_363, false),
        (50_257, 51_865, 50_257, 50_258, 99, 50_358, 50_359, 50_360, 50_361, 50_362, 50_363, 50_364, true),
        (50_257, 51_866, 50_257, 50_258, 100, 50_359, 50_360, 50_361, 50_362, 50_363, 50_364, 50_365, true),
    ])
    func openAIsVocabulariesAreCompleted(
        texts: Int, size: Int, eot: Int, sot: Int, languages: Int, translate: Int, transcribe: Int, solm: Int,
        prev: Int,
        noSpeech: Int, noTimestamps: Int, begin: Int, multilingual: Bool
    ) throws {
        let tokenizer = try Self.load(Self.filler(texts), size)
        let special = tokenizer.special
        #expect(
            [
                special.endOfText, special.startOfTranscript, special.translate, special.transcribe, special.startOfLM,
                special.startOfPrev, special.noSpeech, special.noTimestamps, special.timestampBegin,
            ] == [eot, sot, translate, transcribe, solm, prev, noSpeech, noTimestamps, begin])
        #expect(special.languages.count == languages)
        #expect(special.languages.map(\.token) == Array((sot + 1)..<(sot + 1 + languages)))
        #expect(special.languages.map(\.code) == Language.all.prefix(languages).map(\.code))
        #expect(tokenizer.isMultilingual == multilingual)
        #expect(tokenizer.vocabularySize == size)
        #expect(tokenizer.decodeWithTimestamps([size - 1]) == "<|30.00|>")
    }

    @Test func endOfTextMayBeListed() throws {
        let texts = try Self.textTokens()
        let plain = try Self.load(texts, texts.count + 8 + 2 + 1501)
        let listed = try Self.load(texts + [Array("<|endoftext|>".utf8)], texts.count + 8 + 2 + 1501)
        #expect(listed.special == plain.special)
        #expect(listed.vocabularySize == plain.vocabularySize)
    }

    @Test func aWholeVocabularyIsTakenAtItsWord() throws {
        let ranked = try TokenizerFixture.ranked()
        let tokens = (0..<ranked.vocabularySize).map { ranked.bytes(of: $0) }
        let tokenizer = try Self.load(tokens, tokens.count)
        #expect(tokenizer.special == ranked.special)
        #expect(tokenizer.encode("<|en|> the") == ranked.encode("<|en|> the"))
    }

    @Test func emptyTokensAndBytesThatAreNoTextAreFine() throws {
        var tokens = Self.filler(300)
        tokens[256] = []
        tokens[257] = []
        tokens[258] = [0xFF, 0xFE]
        let tokenizer = try Self.load(tokens, 300 + 8 + 1 + 1501)
        #expect(tokenizer.decode([256, 257, 258, 65]) == "\u{FFFD}\u{FFFD}A")
        #expect(!tokenizer.isMultilingual)
    }

    @Test(arguments: [0, 1, -1, 300, 50_258, 50_363, 51_865, .max, .min])
    func sizesThatDoNotFitAreErrors(_ size: Int) throws {
        let error = #expect(throws: RecognitionError.self) { try Self.load(Self.filler(300), size) }
        #expect(error?.code == .vocabularyInvalid)
        #expect(error?.message.contains("n_vocab") == true && error?.message.contains("model.bin") == true)
    }

    @Test(arguments: [(50_256, 51_865), (50_258, 51_865), (50_255, 51_866), (50_257, 51_864)])
    func openAIsSizesFixTheLanguages(texts: Int, size: Int) throws {
        let error = #expect(throws: RecognitionError.self) { try Self.load(Self.filler(texts), size) }
        #expect(error?.code == .vocabularyInvalid)
    }

    @Test func aTokenWithTwoIdsIsAnError() throws {
        var tokens = Self.filler(300)
        tokens[280] = tokens[270]
        let error = #expect(throws: RecognitionError.self) { try Self.load(tokens, 300 + 8 + 1501) }
        #expect(error?.code == .vocabularyInvalid)
        #expect(error?.message.contains("270") == true && error?.message.contains("280") == true)
    }
}
