import Foundation
import Testing

@testable import Recognition

/// `config.json` and `generation_config.json` that are not what they should be.
@Suite struct ModelConfigurationTests {
    private static let config = #"""
        {"d_model":4,"encoder_layers":1,"decoder_layers":2,"encoder_attention_heads":2,"decoder_attention_heads":2,
        "encoder_ffn_dim":16,"decoder_ffn_dim":16,"vocab_size":60}
        """#

    private static func read(_ config: String, _ generation: String? = nil) throws -> ModelConfiguration {
        try ModelConfiguration(
            config: Array(config.utf8), generation: generation.map { Array($0.utf8) }, directory: "model")
    }

    /// A list of that many numbers is one value more.
    private static func list(_ count: Int) -> String {
        "[" + Array(repeating: "0", count: count).joined(separator: ",") + "]"
    }

    @Test func headsAreThoseOfTheGenerationConfiguration() throws {
        #expect(try Self.read(Self.config).alignmentHeads == [])
        let read = try Self.read(Self.config, #"{"alignment_heads":[[1,0],[0,1]]}"#)
        #expect(read.alignmentHeads == [AlignmentHead(layer: 1, head: 0), AlignmentHead(layer: 0, head: 1)])
        #expect(read.dimensions.vocabularySize == 60 && read.dimensions.melBins == 80)
    }

    @Test(arguments: [
        ("", nil, "model/config.json is not valid JSON"), ("[]", nil, "model/config.json is no JSON object"),
        ("{}", nil, "d_model"), (config + "{", nil, "not valid JSON"), (config, "{", "generation_config.json"),
        (config, #"{"alignment_heads":[[2,0]]}"#, "generation_config.json: alignment_heads"),
        (config, #"{"alignment_heads":[[0]]}"#, "generation_config.json: alignment_heads"),
        (config, list(1 << 16), "generation_config.json is larger than a configuration may be"),
    ])
    func refuses(config: String, generation: String?, message: String) {
        let error = #expect(throws: RecognitionError.self) { try Self.read(config, generation) }
        #expect(error?.code == .modelConfigurationInvalid)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    /// The published heads of tiny go up to (3, 5), and this model, as wide and deep, has no more than two.
    @Test func publishedHeadsAreOnlyForModelsThatHaveThem() throws {
        let config = Self.config.replacing("d_model\":4", with: "d_model\":384").replacing(
            "r_layers\":1", with: "r_layers\":4"
        ).replacing("r_layers\":2", with: "r_layers\":4").replacing(":60}", with: ":51865}")
        let read = try Self.read(config)
        let heads = AlignmentHead.standard(for: read.dimensions)
        #expect(heads.map(\.layer) == [2, 2, 3, 3] && heads.map(\.head) == [0, 1, 0, 1])
    }

    @Test func asManyValuesAsAllowedAreRead() throws {
        _ = try Self.read(Self.config, Self.list((1 << 16) - 1))
    }

    @Test func filesAboveTheirLimitAreNotRead() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "config-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let missing = #expect(throws: RecognitionError.self) { try ModelConfiguration(directory: folder.path) }
        #expect(missing?.code == .modelUnreadable && missing?.message.contains("missing") == true)
        let file = folder.appending(path: "config.json")
        try Data((Self.config + String(repeating: " ", count: 1 << 20)).utf8).write(to: file)
        let error = #expect(throws: RecognitionError.self) { try ModelConfiguration(directory: folder.path) }
        #expect(error?.code == .modelUnreadable)
        #expect(error?.message.contains("more than the 1048576") == true)
    }
}
