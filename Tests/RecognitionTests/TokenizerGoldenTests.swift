import Foundation
import StrictJSON
import TestSupport
import Testing
import WeightFiles

@testable import Recognition

/// OpenAI's own vocabularies, where golden cases are at hand.
@Suite struct TokenizerGoldenTests {
    @Test(.enabled(if: !GoldenCase.all.isEmpty, GoldenCase.skipMessage), arguments: GoldenCase.all)
    func everyFormOfAVocabularyGivesTheTokensOfTheReference(_ golden: GoldenCase) throws {
        let json = try Tokenizer.load(directory: golden.model)
        let ggml = try ggml(golden.ggml)
        let files = try olderFiles(golden.model)
        let expected = try JSONValue(parsing: [UInt8](golden.read("expected.json")))
        let rows = try expected.member("texts").elements
        #expect(!rows.isEmpty)
        for tokenizer in [json, ggml, files] {
            #expect(tokenizer.special == json.special)
            #expect(tokenizer.vocabularySize == json.vocabularySize)
            #expect(tokenizer.isMultilingual == json.isMultilingual)
            #expect((0..<json.vocabularySize).allSatisfy { tokenizer.bytes(of: $0) == json.bytes(of: $0) })
            for row in rows {
                let text = try #require(row["text"]?.string)
                #expect(tokenizer.encode(text) == row["tokens"]?.integers)
                #expect(tokenizer.decode(try row.member("tokens").integers) == text)
            }
            try compareWithOpenAI(tokenizer)
        }
        let greedy = try expected.member("greedy")
        // The reference's decoding results are stripped, so this looks at what is between.
        let text = ReferenceText.strip(json.decode(try greedy.member("tokens").integers))
        #expect(text == greedy["text"]?.string)
    }

    /// Texts and suppressed tokens of the fixture, if the vocabulary is one of OpenAI's.
    private func compareWithOpenAI(_ tokenizer: Tokenizer) throws {
        guard (51_864...51_866).contains(tokenizer.vocabularySize) else { return }
        let fixture = try TokenizerFixture.expected()
        let expected = try fixture.member("openai").member(tokenizer.isMultilingual ? "multilingual" : "gpt2")
        #expect(try expected.member("nonSpeech").integers == tokenizer.nonSpeechTokens)
        let texts = try fixture.member("texts").elements
        for (row, tokens) in zip(texts, try expected.member("texts").elements) {
            #expect(tokenizer.encode(try #require(row["text"]?.string)) == tokens.integers)
        }
    }

    private func ggml(_ path: String) throws -> Tokenizer {
        let file = try GGMLFile(path: path)
        return try Tokenizer(
            ggmlVocabulary: file.vocabulary, vocabularySize: file.hyperparameters.nVocab, file: path)
    }

    private func olderFiles(_ model: String) throws -> Tokenizer {
        var files: [String: String] = [:]
        for name in ["vocab.json", "merges.txt", "added_tokens.json"] {
            files[name] = try String(contentsOfFile: model + "/" + name, encoding: .utf8)
        }
        return try TokenizerFixture.load(files)
    }
}
