import Tensors
import TestSupport
import Testing

@testable import NeuralCodec

/// Models of PyPI's `vocos` with seeded weights.
@Suite struct VocosTests {
    static let pool = ThreadPool(threads: 2)

    func open(_ name: String) throws -> Vocos {
        try Vocos.open(Fixture.path("vocos/" + name), pool: try #require(Self.pool))
    }

    @Test(arguments: ["center", "same"]) func featuresEqualTheReference(padding: String) throws {
        let model = try open(padding)
        let samples = try Fixture.tensor("vocos/\(padding)/expected.safetensors", "samples")
        let mel = samples.withUnsafeBufferPointer { model.features(of: $0) }
        #expect(distance(mel, try Fixture.tensor("vocos/\(padding)/expected.safetensors", "mel")) < 2e-4)
    }

    @Test(arguments: ["center", "same"], [1, 5, 33, 1000])
    func audioEqualsTheReferenceHoweverItIsCut(padding: String, piece: Int) throws {
        let model = try open(padding)
        let mel = try Fixture.tensor("vocos/\(padding)/expected.safetensors", "mel")
        let expected = try Fixture.tensor("vocos/\(padding)/expected.safetensors", "audio")
        let stream = try model.makeDecoder()
        // The second signal finds nothing left of the first.
        for _ in 0..<2 {
            let audio = decode(mel, piece: piece, model, stream)
            let error = distance(audio, expected)
            #expect(error < 1e-4)
        }
    }

    func decode(_ mel: [Float], piece: Int, _ model: Vocos, _ stream: VocosStream) -> [Float] {
        var audio: [Float] = []
        mel.withUnsafeBufferPointer { mel in
            guard let base = mel.baseAddress else { return }
            let frames = mel.count / model.melBins
            for first in stride(from: 0, to: frames, by: piece) {
                stream.append(base + first * model.melBins, frames: min(piece, frames - first), into: &audio)
            }
        }
        stream.finish(into: &audio)
        return audio
    }

    @Test func emptySignalsGiveNothing() throws {
        let stream = try open("same").makeDecoder()
        var audio: [Float] = []
        stream.finish(into: &audio)
        #expect(audio.isEmpty)
    }

    @Test func readsTheKeysThatMatter() throws {
        let text =
            "# a comment: 1\nfeature_extractor:\n  init_args:\n    sample_rate: 16000 # Hz\n    padding: 'same'\nhead:\n"
            + "  class_path: \"vocos.heads.ISTFTHead\"\n  init_args:\n    padding: center\n    n_fft: 400\n    hop_length: 100\n"
        let configuration = try VocosConfiguration(yaml: text, path: "config.yaml")
        #expect(configuration.sampleRate == 16_000)
        #expect(configuration.fftSize == 400)
        #expect(configuration.hopLength == 100)
        #expect(configuration.featurePadding == .same)
        #expect(configuration.headPadding == .center)
    }

    @Test(arguments: [
        "feature_extractor:\n  sample_rate: 0", "head:\n  n_fft: many", "head:\n  padding: reflect",
        "head:\n  class_path: vocos.heads.IMDCTCosHead", "head:\n  hop_length: 99999999999999999999",
    ])
    func refusesWhatItDoesNotKnow(text: String) {
        #expect(throws: CodecError.self) { try VocosConfiguration(yaml: text, path: "config.yaml") }
    }

    @Test func refusesFilesThatAreNoModel() throws {
        let pool = try #require(Self.pool)
        for path in ["/nonexistent", "/dev/null", Fixture.folder, Fixture.path("vocos/same/expected.safetensors")] {
            #expect(throws: CodecError.self) { try Vocos.open(path, pool: pool) }
        }
    }
}
