/// Reads a ggml file's little-endian fields in order, each checked against the end of the file.
struct GGMLCursor {
    let file: MappedFile
    /// Where the next field begins.
    private(set) var offset = 0

    init(_ file: MappedFile) { self.file = file }

    var remaining: Int { file.bytes.count - offset }

    mutating func int32(_ field: String) throws(WeightFileError) -> Int32 {
        let range = try skip(4, field)
        return Int32(littleEndian: file.bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: Int32.self))
    }

    /// Moves over `count` bytes; returns where they lie.
    mutating func skip(_ count: Int, _ field: String) throws(WeightFileError) -> Range<Int> {
        guard count >= 0, count <= remaining else {
            throw WeightFileError(
                .ggmlTruncated, file.path, "\(field) takes \(count) bytes, and \(remaining) are left", offset: offset)
        }
        let range = offset..<(offset + count)
        offset += count
        return range
    }

    /// An error for the field that was just read, `size` bytes ago.
    func error(
        _ code: WeightFileError.Code, _ message: String, back size: Int = 4
    ) -> WeightFileError {
        WeightFileError(code, file.path, message, offset: offset - size)
    }
}
