import Foundation
import Tensors
import Testing

@testable import NeuralCodec

private let fullSizeFolder = ProcessInfo.processInfo.environment["HEARSAY_CODEC_FIXTURES"]

/// Models of true size, which are not committed: `Tests/Fixtures/codec/generate.py FOLDER/ours full` and
/// `generate_vocos.py FOLDER/vocos full` make them, and HEARSAY_CODEC_FIXTURES names FOLDER.
@Suite(.enabled(if: fullSizeFolder != nil, "no full-size models: set HEARSAY_CODEC_FIXTURES"))
struct FullSizeTests {
    @Test func codecEqualsTheReference() throws {
        let folder = try #require(fullSizeFolder) + "/ours"
        let expected = { (name: String) in try Fixture.tensor(at: folder + "/expected.safetensors", name) }
        let codec = try NeuralCodec.open(folder, pool: try #require(ThreadPool(threads: 2)))
        let features = CodecFeatures(melBins: codec.melBins, values: try expected("features"))
        #expect(distance(try codec.samples(of: features, seed: 7), try expected("audio")) < 1e-4)
        let codes = try codec.encode(features)
        #expect(codes.codes == (try expected("codes").map { UInt16($0) }))
        #expect(codes.pitch == (try expected("pitch").map { UInt8($0) }))
        #expect(distance(try codec.decode(codes).values, try expected("decoded")) < 1e-4)
    }

    @Test(arguments: ["center", "same"]) func vocosEqualsTheReference(padding: String) throws {
        let folder = try #require(fullSizeFolder) + "/vocos/" + padding
        let expected = { (name: String) in try Fixture.tensor(at: folder + "/expected.safetensors", name) }
        let model = try Vocos.open(folder, pool: try #require(ThreadPool(threads: 2)))
        let stream = try model.makeDecoder()
        var audio: [Float] = []
        let mel = try expected("mel")
        mel.withUnsafeBufferPointer { mel in
            guard let base = mel.baseAddress else { return }
            stream.append(base, frames: mel.count / model.melBins, into: &audio)
        }
        stream.finish(into: &audio)
        #expect(distance(audio, try expected("audio")) < 1e-4)
    }
}
