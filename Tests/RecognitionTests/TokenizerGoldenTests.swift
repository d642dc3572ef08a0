import Foundation
import StrictJSON
import Testing
import WeightFiles

@testable import Recognition

/// OpenAI's own vocabularies, where golden cases are at hand: folders of HEARSAY_GOLDEN, or ../shared/golden.
@Suite struct TokenizerGoldenTests {
    /// Case folders that hold a model.
    static let cases: [String] = {
        if let named = ProcessInfo.processInfo.environment["HEARSAY_GOLDEN"] {
            return named.split(separator: ":").map(String.init)
        }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = package.appending(path: "../shared/golden").standardizedFileURL
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return entries.sorted().map { folder.path + "/" + $0 }
            .filter { FileManager.default.fileExists(atPath: $0 + "/model/tokenizer.json") }
    }()

    @Test(.enabled(if: !cases.isEmpty, "no golden cases: set HEARSAY_GOLDEN"), arguments: cases)
    func everyFormOfAVocabularyGivesTheTokensOfTheReference(_ folder: String) throws {
        let json = try Tokenizer.load(directory: folder + "/model")
        let ggml = try ggml(folder + "/model.ggml.bin")
        let files = try olderFiles(folder + "/model")
        let expected = try JSONValue(parsing: [UInt8](Data(contentsOf: URL(filePath: folder + "/expected.json"))))
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
