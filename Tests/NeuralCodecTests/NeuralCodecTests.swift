import Glibc
import Tensors
import TestSupport
import Testing

@testable import NeuralCodec

/// A tiny seeded codec of Training/hearsay_training, with weights in half precision.
@Suite struct NeuralCodecTests {
    static let pool = ThreadPool(threads: 2)

    func codec() throws -> NeuralCodec {
        try NeuralCodec.open(Fixture.path("ours"), pool: try #require(Self.pool))
    }

    func expected(_ name: String) throws -> [Float] { try Fixture.tensor("ours/expected.safetensors", name) }

    func features(_ codec: NeuralCodec, _ name: String = "features") throws -> CodecFeatures {
        CodecFeatures(melBins: codec.melBins, values: try expected(name))
    }

    @Test func featuresEqualTheReference() throws {
        let codec = try codec()
        let samples = try expected("samples").map { $0 / 32_768 }
        let found = samples.withUnsafeBufferPointer { codec.features(of: $0) }
        let wanted = try features(codec)
        try #require(found.frames == wanted.frames)
        // High bands hold little but the rounding of the transforms.
        #expect(distance(found.values, wanted.values) < 2e-3)
        let pitch = { (features: CodecFeatures) in
            stride(from: 0, to: features.values.count, by: 102).flatMap { features.values[($0 + 100)..<($0 + 102)] }
        }
        #expect(distance(pitch(found), pitch(wanted)) < 1e-4)
    }

    @Test func samplesThatDoNotFillAFrameAreFollowedByZeros() throws {
        let codec = try codec()
        let samples = try expected("samples").map { $0 / 32_768 }
        let short = Array(samples.prefix(20 * 256 + 100))
        let padded = short + [Float](repeating: 0, count: 156)
        let found = short.withUnsafeBufferPointer { codec.features(of: $0) }
        #expect(found == padded.withUnsafeBufferPointer { codec.features(of: $0) })
        #expect(found.frames == 21)
        #expect(codec.features(of: .init(start: nil, count: 0)).frames == 0)
    }

    @Test func codesEqualTheReference() throws {
        let codec = try codec()
        #expect(codec.stages == 3)
        #expect(codec.codesPerStage == 20)
        let codes = try codec.encode(try features(codec))
        #expect(codes.codes == (try expected("codes").map { UInt16($0) }))
        #expect(codes.pitch == (try expected("pitch").map { UInt8($0) }))
    }

    @Test func decodedFeaturesEqualTheReference() throws {
        let codec = try codec()
        let codes = CodecCodes(
            stages: 3, codes: try expected("codes").map { UInt16($0) }, pitch: try expected("pitch").map { UInt8($0) })
        #expect(distance(try codec.decode(codes).values, try expected("decoded")) < 1e-4)
    }

    @Test(arguments: [1, 5, 33, 1000]) func audioEqualsTheReferenceHoweverItIsCut(piece: Int) throws {
        let codec = try codec()
        let features = try features(codec)
        let expected = try expected("audio")
        let stream = try codec.makeDecoder(seed: 7)
        // The second signal finds nothing left of the first.
        for _ in 0..<2 {
            var audio: [Float] = []
            for first in stride(from: 0, to: features.frames, by: piece) {
                let range = first * features.width..<min(features.frames, first + piece) * features.width
                try stream.append(
                    CodecFeatures(melBins: codec.melBins, values: Array(features.values[range])), into: &audio)
            }
            stream.finish(into: &audio)
            let error = distance(audio, expected)
            #expect(error < 1e-4)
        }
    }

    @Test func equalSeedsGiveEqualSamples() throws {
        let codec = try codec()
        let features = try features(codec)
        #expect(try codec.samples(of: features, seed: 1) == codec.samples(of: features, seed: 1))
        #expect(try codec.samples(of: features, seed: 1) != codec.samples(of: features, seed: 2))
    }

    @Test func filterSeesAndScalesEveryFrame() throws {
        let codec = try codec()
        let features = try features(codec)
        var seen: [Int] = []
        let stream = try codec.makeDecoder(seed: 7) { frame, spectrum in
            seen.append(frame)
            #expect(spectrum.count == 2 * 513)
            for index in spectrum.indices { spectrum[index] *= 0.5 }
        }
        var audio: [Float] = []
        try stream.append(features, into: &audio)
        stream.finish(into: &audio)
        #expect(seen == Array(0..<features.frames))
        #expect(distance(audio.map { 2 * $0 }, try expected("audio")) < 1e-4)
    }

    @Test func emptyAndShortSignals() throws {
        let codec = try codec()
        let stream = try codec.makeDecoder()
        for frames in [0, 1, 2, 3] {
            var audio: [Float] = []
            let values = Array(try features(codec).values.prefix(frames * 102))
            try stream.append(CodecFeatures(melBins: 100, values: values), into: &audio)
            stream.finish(into: &audio)
            #expect(audio.count == frames * 256)
        }
        let none = try codec.encode(CodecFeatures(melBins: 100, values: []))
        #expect(none.frames == 0)
        #expect(try codec.decode(none).frames == 0)
    }

    /// Numbers that no network gives do no harm beyond the samples that they reach.
    @Test func nonsenseIsSurvived() throws {
        let codec = try codec()
        for value in [Float.nan, .infinity, -.infinity, 1e30, -1e30] {
            let features = CodecFeatures(melBins: 100, values: Array(repeating: value, count: 102 * 8))
            #expect(try codec.samples(of: features).count == 8 * 256)
            #expect(try codec.encode(features).frames == 8)
        }
        let samples: [Float] = [.nan, .infinity, 1e30] + Array(repeating: 0.1, count: 3000)
        #expect(samples.withUnsafeBufferPointer { codec.features(of: $0) }.frames == 12)
    }

    @Test func refusesWhatIsNotItsOwn() throws {
        let codec = try codec()
        #expect(throws: CodecError.self) { try codec.encode(CodecFeatures(melBins: 80, values: [])) }
        #expect(throws: CodecError.self) { try codec.decode(CodecCodes(stages: 2, codes: [], pitch: [])) }
        #expect(throws: CodecError.self) {
            try codec.decode(CodecCodes(stages: 3, codes: [1, 20, 1], pitch: [0]))
        }
        var audio: [Float] = []
        let stream = try codec.makeDecoder()
        #expect(throws: CodecError.self) {
            try stream.append(CodecFeatures(melBins: 80, values: []), into: &audio)
        }
    }

    @Test func noiseIsWhite() {
        let noise = IndexedNoise(seed: 3)
        let count = 100_000
        let values = (0..<count).map { Double(noise[$0]) }
        let mean = values.reduce(0, +) / Double(count)
        let variance = values.reduce(0) { $0 + $1 * $1 } / Double(count)
        let neighbours = zip(values, values.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
        #expect(abs(mean) < 0.02)
        #expect(abs(variance - 1) < 0.02)
        #expect(abs(neighbours) < 0.02)
    }
}
