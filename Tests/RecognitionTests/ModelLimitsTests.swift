import Foundation
import StrictJSON
import TestSupport
import Testing
import WeightFiles

@testable import Recognition

@Suite struct ModelLimitsTests {
    static let tiny = ModelDimensions(
        melBins: 80, audioContext: 1500, audioState: 384, audioHeads: 6, audioLayers: 4, audioFeedForward: 1536,
        vocabularySize: 51_865, textContext: 448, textState: 384, textHeads: 6, textLayers: 4, textFeedForward: 1536)

    @Test func publicShapesPass() throws {
        try Self.tiny.validate(source: "tiny")
        var large = Self.tiny
        (large.melBins, large.audioState, large.textState) = (128, 1280, 1280)
        (large.audioHeads, large.textHeads, large.audioLayers, large.textLayers) = (20, 20, 32, 32)
        (large.audioFeedForward, large.textFeedForward) = (5120, 5120)
        try large.validate(source: "large")
    }

    /// Every size, one at a time, refused before anything is allocated.
    @Test(arguments: [0, -1, Int(Int32.max), Int.max]) func absurdSizesAreRefused(value: Int) {
        let fields: [WritableKeyPath<ModelDimensions, Int>] = [
            \.melBins, \.audioContext, \.audioState, \.audioHeads, \.audioLayers, \.audioFeedForward, \.vocabularySize,
            \.textContext, \.textState, \.textHeads, \.textLayers, \.textFeedForward,
        ]
        for field in fields {
            var dimensions = Self.tiny
            dimensions[keyPath: field] = value
            let error = #expect(throws: RecognitionError.self) { try dimensions.validate(source: "test") }
            #expect(error?.code == .modelConfigurationInvalid)
        }
    }

    @Test func sizesThatOnlyTogetherAreTooLarge() {
        var dimensions = Self.tiny
        dimensions.audioContext = 65_536
        dimensions.audioFeedForward = 65_536
        let error = #expect(throws: RecognitionError.self) { try dimensions.validate(source: "test") }
        #expect(error?.message.contains("activations") == true)
    }

    /// A NaN among the weights is an error at the first window, not an empty transcript.
    @Test(
        .enabled(if: !GoldenCase.all.isEmpty, GoldenCase.skipMessage),
        arguments: [
            "model.encoder.layer_norm.weight", "model.decoder.layer_norm.weight",
        ])
    func brokenWeightsAreNamed(tensor: String) throws {
        let golden = try #require(GoldenCase.all.first)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("broken-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: golden.path("model"), toPath: folder.path)
        defer { try? FileManager.default.removeItem(at: folder) }
        let weights = folder.appendingPathComponent("model.safetensors")
        let offset = try offset(of: tensor, in: weights.path)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: weights.path)
        let handle = try FileHandle(forUpdating: weights)
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: [0x00, 0x7e])  // NaN in half precision
        try handle.close()

        let model = try WhisperModel.open(folder.path)
        let context = try InferenceContext(threads: 1)
        let mel = [Float](repeating: 0, count: model.dimensions.melBins * 10)
        let error = #expect(throws: RecognitionError.self) {
            let window = try mel.withUnsafeBufferPointer { try model.encode(mel: $0, in: context) }
            let session = TextDecoderSession(model: model, windows: [window], pool: context.pool)
            try session.begin([SequenceStart(window: 0, tokens: [model.tokenizer.special.startOfTranscript])])
        }
        #expect(error?.code == .modelTensorInvalid)
    }

    private func offset(of name: String, in path: String) throws -> Int {
        let file = try SafetensorsFile(path: path)
        let tensor = try #require(file[name])
        let start = try #require(tensor.bytes.baseAddress)
        return try #require(tensor.file.bytes.baseAddress).distance(to: start)
    }
}
