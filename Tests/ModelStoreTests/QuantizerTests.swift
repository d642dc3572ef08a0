import Foundation
import StrictJSON
import TestSupport
import Testing
import WeightFiles

@testable import ModelStore
@testable import Recognition

/// Quantised copies of the golden models.
@Suite(.enabled(if: !GoldenCase.withBothForms.isEmpty, "no golden cases: set HEARSAY_GOLDEN to their folders"))
struct QuantizerTests {
    private func installed(_ path: String) throws -> InstalledModel {
        try ModelLibrary(directories: []).resolve(path)
    }

    private func floats(_ tensor: WeightTensor) -> [Float] {
        [Float](unsafeUninitializedCapacity: tensor.elementCount) { output, count in
            count = tensor.elementCount
            tensor.widen(0..<count, into: UnsafeMutableBufferPointer(rebasing: output[..<count]))
        }
    }

    /// Every code is within half a step of its weight; what is no matrix is kept bit for bit.
    @Test func codesAreWithinHalfAStep() throws {
        let golden = try #require(GoldenCase.withBothForms.first)
        let folder = try TemporaryFolder()
        let copy = folder.path + "/int8"
        let sizes = try WeightQuantizer(.int8).run(from: installed(golden.model), to: copy)
        #expect(sizes.after < sizes.before * 6 / 10)
        let original = try SafetensorsIndex(directory: golden.model)
        let quantised = try SafetensorsIndex(directory: copy)
        var matrices = 0
        for name in original.names {
            let before = try #require(original[name])
            let after = try quantised.tensor(name, shape: before.shape)
            guard let scale = quantised[name + "_scale"] else {
                #expect(before.shape.count != 2 || name.contains("embed_positions"))
                #expect(after.type == before.type && before.withBytes { a in after.withBytes { a.elementsEqual($0) } })
                continue
            }
            matrices += 1
            #expect(after.type == .i8 && scale.type == .f32 && scale.shape == [before.shape[0]])
            let (weights, codes, scales) = (floats(before), floats(after), floats(scale))
            let columns = before.shape[1]
            let worst = weights.indices.map {
                abs(weights[$0] - codes[$0] * scales[$0 / columns]) / scales[$0 / columns]
            }
            #expect(worst.allSatisfy { $0 <= 0.5001 }, "\(name)")
        }
        #expect(
            matrices == original.names.count {
                $0.hasSuffix("_proj.weight") || $0.contains(".fc") && $0.hasSuffix(".weight")
            } + 1)
        let config = try JSONValue(parsing: [UInt8](Data(contentsOf: URL(fileURLWithPath: copy + "/config.json"))))
        #expect(config["hearsay"]?["quantization"] == .string("int8"))
    }

    /// The same weights give the same file, whichever form they come in; and it runs.
    @Test(arguments: GoldenCase.withBothForms.prefix(1)) func bothFormsGiveTheSameModel(golden: GoldenCase) throws {
        let folder = try TemporaryFolder()
        _ = try WeightQuantizer(.int8).run(from: installed(golden.model), to: folder.path + "/a")
        _ = try WeightQuantizer(.int8).run(from: installed(golden.ggml), to: folder.path + "/b")
        let (a, b) = (
            try SafetensorsIndex(directory: folder.path + "/a"), try SafetensorsIndex(directory: folder.path + "/b")
        )
        #expect(Set(a.names) == Set(b.names))
        for name in a.names where a[name]?.type == .i8 || name.hasSuffix("_scale") {
            let (one, other) = (try #require(a[name]), try #require(b[name]))
            #expect(one.shape == other.shape && one.type == other.type)
            #expect(one.withBytes { bytes in other.withBytes { bytes.elementsEqual($0) } }, "\(name)")
        }
        let original = try WhisperModel.open(golden.model)
        let copy = try WhisperModel.open(folder.path + "/b")
        #expect(copy.dimensions == original.dimensions)
        #expect(copy.tokenizer.special == original.tokenizer.special)
        let text = " Naïve café: 12,345 ways — “quoted” 😀"
        #expect(copy.tokenizer.encode(text) == original.tokenizer.encode(text))
    }

    /// Rounding to int8 changes the logits by little: the root mean square of the difference, over that of the logits
    /// about their mean, stays below 5 %.
    @Test func logitsStayClose() throws {
        let golden = try #require(GoldenCase.withBothForms.first)
        let folder = try TemporaryFolder()
        _ = try WeightQuantizer(.int8).run(from: installed(golden.model), to: folder.path + "/int8")
        let (exact, rounded) = (try logits(golden.model, golden), try logits(folder.path + "/int8", golden))
        let mean = exact.reduce(0, +) / Float(exact.count)
        let spread = exact.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let difference = zip(exact, rounded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(difference > 0)
        #expect((difference / spread).squareRoot() < 0.05)
    }

    /// The logits behind `<|startoftranscript|>` on the golden window.
    private func logits(_ path: String, _ golden: GoldenCase) throws -> [Float] {
        let model = try WhisperModel.open(path)
        let mel = try #require(try SafetensorsFile(path: golden.path("expected.safetensors"))["mel"])
        let (bins, frames) = (mel.shape[0], mel.shape[1])
        let values = floats(mel)
        let frameMajor = (0..<(bins * frames)).map { values[$0 % bins * frames + $0 / bins] }
        let context = try InferenceContext(threads: 1)
        let window = try frameMajor.withUnsafeBufferPointer { try model.encode(mel: $0, in: context) }
        let session = TextDecoderSession(model: model, windows: [window], pool: context.pool)
        let start = model.tokenizer.special.startOfTranscript
        try session.begin([SequenceStart(window: 0, tokens: [start], probePosition: nil)])
        return Array(session.logits(of: 0))
    }

    @Test func whatAKilledRunLeftDoesNotEnterTheModel() throws {
        let golden = try #require(GoldenCase.withBothForms.first)
        let folder = try TemporaryFolder()
        try folder.write("new.part/stale.safetensors", Data([1]))
        _ = try WeightQuantizer(.int8).run(from: installed(golden.model), to: folder.path + "/new")
        #expect(!folder.has("new/stale.safetensors") && folder.has("new/model.safetensors"))
        try folder.write("other.part/thesis.odt", Data([1]))
        #expect(throws: ModelStoreError.self) {
            try WeightQuantizer(.int8).run(from: installed(golden.model), to: folder.path + "/other")
        }
        #expect(folder.has("other.part/thesis.odt"))
    }

    @Test func aDestinationThatExistsIsLeftAlone() throws {
        let golden = try #require(GoldenCase.withBothForms.first)
        let folder = try TemporaryFolder()
        try folder.write("there/file", Data([1]))
        #expect(throws: ModelStoreError.self) {
            try WeightQuantizer(.int8).run(from: installed(golden.model), to: folder.path + "/there")
        }
        #expect(try folder.read("there/file") == Data([1]))
    }
}
