import Foundation
import Tensors
import TestSupport
import Testing

@testable import NeuralCodec

/// Models of true size, which are too large to be committed: scripts of Tests/Fixtures/codec make them here.
@Suite struct FullSizeTests {
    private static func make(_ script: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try PythonPeer.run([Fixture.path(script), folder.path, "full"])
        return folder
    }

    @Test(.enabled(if: PythonPeer.has("torch", "safetensors"), "PyPI's torch or safetensors is not installed"))
    func codecEqualsTheReference() throws {
        let folder = try Self.make("generate.py")
        let expected = { (name: String) in try Fixture.tensor(at: folder.path + "/expected.safetensors", name) }
        let codec = try NeuralCodec.open(folder.path, pool: try #require(ThreadPool(threads: 2)))
        let features = CodecFeatures(melBins: codec.melBins, values: try expected("features"))
        #expect(distance(try codec.samples(of: features, seed: 7), try expected("audio")) < 1e-4)
        let codes = try codec.encode(features)
        #expect(codes.codes == (try expected("codes").map { UInt16($0) }))
        #expect(codes.pitch == (try expected("pitch").map { UInt8($0) }))
        #expect(distance(try codec.decode(codes).values, try expected("decoded")) < 1e-4)
    }

    @Test(
        .enabled(
            if: PythonPeer.has("torch", "torchaudio", "safetensors", "vocos"), "PyPI's vocos or torch is not installed"
        ))
    func vocosEqualsTheReference() throws {
        let folder = try Self.make("generate_vocos.py")
        for padding in ["center", "same"] {
            let path = folder.url(padding).path
            let expected = { (name: String) in try Fixture.tensor(at: path + "/expected.safetensors", name) }
            let model = try Vocos.open(path, pool: try #require(ThreadPool(threads: 2)))
            let stream = try model.makeDecoder()
            var audio: [Float] = []
            let mel = try expected("mel")
            mel.withUnsafeBufferPointer { mel in
                guard let base = mel.baseAddress else { return }
                stream.append(base, frames: mel.count / model.melBins, into: &audio)
            }
            stream.finish(into: &audio)
            #expect(distance(audio, try expected("audio")) < 1e-4, "\(padding)")
        }
    }
}
