import Foundation
import TestSupport
import Testing
import WeightFiles

@Suite struct WideningTests {
    private func widened(_ tensor: WeightTensor) -> [Float] {
        [Float](unsafeUninitializedCapacity: tensor.elementCount) { output, count in
            tensor.widen(
                0..<tensor.elementCount, into: UnsafeMutableBufferPointer(rebasing: output[..<tensor.elementCount]))
            count = tensor.elementCount
        }
    }

    private func tensor(_ type: String, _ count: Int, _ data: [UInt8]) throws -> WeightTensor {
        let header = #"{"t":{"dtype":"\#(type)","shape":[\#(count)],"data_offsets":[0,\#(data.count)]}}"#
        let contents = littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
        return try #require(try SafetensorsFile(file: MappedFile(contents))["t"])
    }

    @Test func widensPlainTypes() throws {
        let values: [Float] = [0, -1.5, 65_504, 3.0517578e-05]
        #expect(widened(try tensor("F32", 4, values.flatMap { littleEndian($0.bitPattern) })) == values)
        #expect(widened(try tensor("F16", 4, values.flatMap { littleEndian(Float16($0).bitPattern) })) == values)
        #expect(widened(try tensor("F64", 4, values.flatMap { littleEndian(Double($0).bitPattern) })) == values)
        #expect(widened(try tensor("BF16", 2, [0x80, 0x3F, 0xC0, 0xBF])) == [1, -1.5])
        #expect(widened(try tensor("I8", 3, [0x7F, 0x80, 0xFF])) == [127, -128, -1])
        #expect(widened(try tensor("U8", 2, [0x7F, 0x80])) == [127, 128])
        #expect(widened(try tensor("I16", 2, [0xFE, 0xFF, 0x00, 0x01])) == [-2, 256])
        #expect(widened(try tensor("I32", 1, [0xFE, 0xFF, 0xFF, 0xFF])) == [-2])
        #expect(widened(try tensor("I64", 1, littleEndian(Int64(-3)))) == [-3])
        #expect(widened(try tensor("BOOL", 2, [1, 0])) == [1, 0])
    }

    @Test func widensAPartOfATensor() throws {
        let values = (0..<8).map { Float($0) }
        let tensor = try tensor("F32", 8, values.flatMap { littleEndian($0.bitPattern) })
        var part = [Float](repeating: -1, count: 3)
        part.withUnsafeMutableBufferPointer { tensor.widen(2..<5, into: $0) }
        #expect(part == [2, 3, 4])
    }

    /// (type, bytes of a block, the type's name in the peer)
    static let quantised: [(Int32, Int, String)] = [
        (2, 18, "Q4_0"), (3, 20, "Q4_1"), (6, 22, "Q5_0"), (7, 24, "Q5_1"), (8, 34, "Q8_0"),
    ]

    /// The scale is 0.5, the minimum −2 and the numbers go from the lowest to the highest; worked out by hand.
    @Test(arguments: quantised) func widensBlocks(type: Int32, blockBytes: Int, name: String) throws {
        let hasMinimum = name.hasSuffix("1")
        let header: [UInt8] = [0x00, 0x38] + (hasMinimum ? [0x00, 0xC0] : [])
        let levels = name.hasPrefix("Q4") ? 16 : name.hasPrefix("Q5") ? 32 : 256
        // Element j of the block is level j · 7 modulo the number of levels.
        let codes = (0..<32).map { $0 * 7 % levels }
        var data = header
        if levels == 32 {
            let fifth = codes.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element >> 4) << UInt32($1.offset) }
            data += littleEndian(fifth)
        }
        if levels == 256 {
            data += codes.map { UInt8(truncatingIfNeeded: $0 - 128) }
        } else {
            data += (0..<16).map { UInt8(codes[$0] & 15 | (codes[$0 + 16] & 15) << 4) }
        }
        #expect(data.count == blockBytes)
        let model = GGMLBytes(width: 32, matrixType: type) { $0 / 32 * blockBytes }.with { model in
            for index in model.tensors.indices where model.tensors[index].type == type {
                model.tensors[index].data = (0..<(model.tensors[index].data.count / blockBytes)).flatMap { _ in data }
            }
        }
        let tensor = try #require(try GGMLFile(file: MappedFile(model.bytes))["decoder.token_embedding.weight"])
        let centre = hasMinimum ? 0 : levels / 2
        let expected = codes.map { Float($0 - centre) * 0.5 + (hasMinimum ? -2 : 0) }
        #expect(widened(tensor) == (0..<6).flatMap { _ in expected })
    }

    static let hasPeer = (try? Python.run("import gguf.quants, numpy")) == 0

    @Test(.enabled(if: hasPeer, "needs a Python with gguf and numpy (HEARSAY_PYTHON)"), arguments: quantised)
    func equalsGGMLsOwnDequantisation(type: Int32, blockBytes: Int, name: String) throws {
        var generator = SystemRandomNumberGenerator()
        let model = GGMLBytes(width: 32, matrixType: type) { $0 / 32 * blockBytes }.with { model in
            for index in model.tensors.indices where model.tensors[index].type == type {
                for byte in model.tensors[index].data.indices {
                    // Scales with a small exponent; everything else is random.
                    let isExponent = byte % blockBytes == 1 || (name.hasSuffix("1") && byte % blockBytes == 3)
                    model.tensors[index].data[byte] = generator.next() & (isExponent ? 0xBB : 0xFF)
                }
            }
        }
        let tensor = try #require(try GGMLFile(file: MappedFile(model.bytes))["decoder.blocks.0.mlp.2.weight"])
        let directory = try TemporaryFolder()
        let path = try directory.write("blocks", tensor.contents)
        let script = """
            import sys, numpy, gguf, gguf.quants
            data = numpy.fromfile(sys.argv[1], numpy.uint8).reshape(-1, int(sys.argv[3]))
            gguf.quants.dequantize(data, gguf.GGMLQuantizationType[sys.argv[2]]).astype("<f4").tofile(sys.argv[1])
            """
        #expect(try Python.run(script, [path, name, "\(blockBytes)"]) == 0)
        let expected = try MappedFile(path: path).withBytes { bytes in
            (0..<(bytes.count / 4)).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        let ours = widened(tensor)
        #expect(ours.count == expected.count)
        // The peer adds in another order.
        #expect(zip(ours, expected).allSatisfy { abs($0 - $1) <= 1e-6 * max(abs($0), abs($1), 1) })
    }
}
