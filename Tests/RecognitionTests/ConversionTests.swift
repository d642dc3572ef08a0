import Foundation
import StrictJSON
import TestSupport
import Testing
import WeightFiles

@testable import Recognition

/// What is written for a whisper.cpp file must be what the same model's folder holds.
@Suite(.enabled(if: !GoldenModelCase.all.isEmpty, GoldenCase.skipMessage))
struct ConversionTests {
    static let cases = GoldenModelCase.all.filter { $0.form == .ggml }

    private func written(_ model: GoldenModelCase, _ name: String) throws -> [UInt8] {
        let description = try ModelDescription(try GGMLFile(path: model.modelPath))
        return try #require(description.files.first { $0.name == name }).text
    }

    /// Two are enough: one with an English-only vocabulary, one without.
    @Test(arguments: cases.prefix(2)) func tokenizersAreEqual(model: GoldenModelCase) throws {
        let ours = try written(model, "tokenizer.json")
        let theirs = [UInt8](try Data(contentsOf: model.folder.appending(path: "model/tokenizer.json")))
        #expect(ours.count == theirs.count)
        let difference = zip(ours, theirs).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        #expect(
            difference == nil, "\(difference.map { String(decoding: theirs[$0...].prefix(80), as: UTF8.self) } ?? "")")
    }

    @Test(arguments: cases, ["config.json", "preprocessor_config.json"])
    func configurationsAreEqual(model: GoldenModelCase, name: String) throws {
        let ours = try #require(try JSONValue(parsing: try written(model, name)).object)
        let data = try Data(contentsOf: model.folder.appending(path: "model/\(name)"))
        let theirs = try #require(try JSONValue(parsing: [UInt8](data)).object)
        for (key, value) in theirs.members where key != "torch_dtype" {
            #expect(ours[key]?.double == value.double && (value.double != nil || ours[key] == value), "\(key)")
        }
        #expect(Set(ours.keys) == Set(theirs.keys).subtracting(["torch_dtype"]))
    }

    /// All but the heads, which a whisper.cpp file cannot hold.
    @Test(arguments: cases) func generationConfigurationsAreEqual(model: GoldenModelCase) throws {
        let ours = try #require(try JSONValue(parsing: try written(model, "generation_config.json")).object)
        let data = try Data(contentsOf: model.folder.appending(path: "model/generation_config.json"))
        let theirs = try #require(try JSONValue(parsing: [UInt8](data)).object)
        #expect(Set(ours.keys) == Set(theirs.keys))
        for (key, value) in theirs.members where key != "alignment_heads" {
            #expect(ours[key] == value, "\(key)")
        }
        let read = try ModelConfiguration(
            config: try written(model, "config.json"), generation: try written(model, "generation_config.json"),
            directory: "written")
        #expect(read.alignmentHeads == (try WhisperModel.open(model.modelPath)).alignmentHeads)
    }
}
