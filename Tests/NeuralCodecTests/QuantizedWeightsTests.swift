import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import NeuralCodec

/// A codec whose matrices are signed bytes with a scale for each row.
@Suite struct QuantizedWeightsTests {
    @Test func matricesOfBytesSoundAlmostTheSame() throws {
        let pool = try #require(ThreadPool(threads: 1))
        let folder = try TemporaryFolder()
        try quantize(Fixture.path("ours/codec.safetensors"), to: folder.path + "/codec.safetensors")
        let codec = try NeuralCodec.open(folder.path + "/codec.safetensors", pool: pool)
        let features = CodecFeatures(
            melBins: 100, values: try Fixture.tensor("ours/expected.safetensors", "features"))
        let expected = try Fixture.tensor("ours/expected.safetensors", "audio")
        let audio = try codec.samples(of: features, seed: 7)
        try #require(audio.count == expected.count)
        let error = zip(audio, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let power = expected.reduce(0) { $0 + $1 * $1 }
        #expect(error > 0)
        #expect((error / power).squareRoot() < 0.1)
    }

    @Test func bytesWithoutScalesAreRefused() throws {
        let pool = try #require(ThreadPool(threads: 1))
        let folder = try TemporaryFolder()
        let path = folder.path + "/codec.safetensors"
        try quantize(Fixture.path("ours/codec.safetensors"), to: path, scales: false)
        #expect(throws: CodecError.self) { try NeuralCodec.open(path, pool: pool) }
    }

    /// Writes the file again with its matrices as bytes; convolutions and codebooks stay.
    private func quantize(_ source: String, to path: String, scales: Bool = true) throws {
        let file = try SafetensorsFile(path: source)
        var data: [String: [UInt8]] = [:]
        var declarations: [SafetensorsWriter.Declaration] = []
        func add(_ name: String, _ type: ElementType, _ shape: [Int], _ bytes: [UInt8]) {
            declarations.append(.init(name: name, type: type, shape: shape))
            data[name] = bytes
        }
        for name in file.names {
            let tensor = try #require(file[name])
            guard tensor.shape.count == 2, !name.contains("codebooks") else {
                add(name, tensor.type, tensor.shape, tensor.withBytes { Array($0) })
                continue
            }
            var values = [Float](repeating: 0, count: tensor.elementCount)
            values.withUnsafeMutableBufferPointer { tensor.widen(0..<tensor.elementCount, into: $0) }
            var bytes = [Int8](repeating: 0, count: values.count)
            var steps = [Float](repeating: 0, count: tensor.shape[0])
            Reduction.quantizeRows(
                values, rows: tensor.shape[0], columns: tensor.shape[1], into: &bytes, scales: &steps)
            add(name, .i8, tensor.shape, bytes.map { UInt8(bitPattern: $0) })
            if scales { add(name + "_scale", .f32, [tensor.shape[0]], steps.withUnsafeBytes { Array($0) }) }
        }
        let writer = try SafetensorsWriter(path: path, tensors: declarations)
        for tensor in writer.tensors {
            let bytes = try #require(data[tensor.name])
            try bytes.withUnsafeBytes { try writer.append($0, to: tensor.name) }
        }
        try writer.finish()
    }
}
