import Testing

@testable import WeightFiles

@Suite struct GGMLTensorHeaderTests {
    @Test func aTensorMayHaveNoDimensions() throws {
        // n_dims 0, name length 1, type f32, "b", one float: as converters of small models write a single bias.
        let contents =
            littleEndian(Int32(0)) + littleEndian(Int32(1)) + littleEndian(Int32(0)) + [0x62, 0, 0, 0x80, 0x3F]
        var cursor = GGMLCursor(MappedFile(contents))
        let header = try GGMLTensorHeader(&cursor)
        #expect(header.name == "b" && header.shape.isEmpty && header.elementCount == 1)
        #expect(header.range == 13..<17)
        #expect(cursor.remaining == 0)
    }

    @Test func aQuantisedTensorNeedsADimension() {
        let contents =
            littleEndian(Int32(0)) + littleEndian(Int32(1)) + littleEndian(Int32(8)) + [0x62, 0, 0, 0x80, 0x3F]
        var cursor = GGMLCursor(MappedFile(contents))
        #expect(failure { try GGMLTensorHeader(&cursor) }?.code == .ggmlShape)
    }
}
