import Testing
import WeightFiles

@Suite struct FiniteCheckTests {
    private func tensor(_ type: String, _ data: [UInt8]) throws -> WeightTensor {
        let header = #"{"t":{"dtype":"\#(type)","shape":[4],"data_offsets":[0,\#(data.count)]}}"#
        let contents = littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
        return try #require(try SafetensorsFile(file: MappedFile(contents))["t"])
    }

    private static let formats: [(String, @Sendable (Double) -> [UInt8])] = [
        ("F64", { littleEndian($0.bitPattern) }), ("F32", { littleEndian(Float($0).bitPattern) }),
        ("F16", { littleEndian(Float16($0).bitPattern) }),
        ("BF16", { littleEndian(UInt16(truncatingIfNeeded: Float($0).bitPattern >> 16)) }),
    ]

    @Test(arguments: [Double.nan, .infinity, -.infinity]) func findsNonFiniteElements(value: Double) throws {
        for (type, encode) in Self.formats {
            for position in 0..<4 {
                var values = [1.0, -60_000, 6e-8, 0]
                try tensor(type, values.flatMap(encode)).verifyFinite()
                values[position] = value
                let spoilt = try tensor(type, values.flatMap(encode))
                let error = failure { try spoilt.verifyFinite() }
                #expect(error?.code == .tensorNonFinite)
                #expect(error?.offset == spoilt.file.bytes.count - (4 - position) * spoilt.type.blockBytes)
            }
        }
    }

    @Test func integersAreAlwaysFinite() throws {
        try tensor("I32", [UInt8](repeating: 0xFF, count: 16)).verifyFinite()
    }

    /// (type, bytes of a block, offsets of the half-precision fields), from ggml's block structures.
    @Test(arguments: [(2, 18, [0]), (3, 20, [0, 2]), (6, 22, [0]), (7, 24, [0, 2]), (8, 34, [0])])
    func findsNonFiniteScales(type: Int32, blockBytes: Int, fields: [Int]) throws {
        let name = "decoder.blocks.0.attn.key.weight"
        let model = GGMLBytes(width: 32, matrixType: type) { $0 / 32 * blockBytes }
        let index = try #require(model.tensors.firstIndex { $0.name == Array(name.utf8) })
        func check(_ model: GGMLBytes) throws -> WeightFileError? {
            let tensor = try #require(try GGMLFile(file: MappedFile(model.bytes))[name])
            return failure { try tensor.verifyFinite() }
        }
        // Quants of all ones are not numbers, so they must not be taken for infinity.
        var clean = model
        clean.tensors[index].data = (0..<(32 * blockBytes)).map {
            fields.contains($0 % blockBytes) || fields.contains($0 % blockBytes - 1) ? 0x01 : 0xFF
        }
        #expect(try check(clean) == nil)
        for field in fields {
            let spoilt = clean.with { $0.tensors[index].data[31 * blockBytes + field + 1] = 0x7C }
            #expect(try check(spoilt)?.code == .tensorNonFinite)
        }
    }
}
