/// One tensor's fields in a ggml file, checked, and where its data lies.
struct GGMLTensorHeader: Sendable {
    let name: String
    let type: ElementType
    /// Outermost size first: the reverse of the file's `ne`.
    let shape: [Int]
    let elementCount: Int
    let range: Range<Int>

    /// Reads the fields and moves over the data.
    init(_ cursor: inout GGMLCursor) throws(WeightFileError) {
        let rank = Int(try cursor.int32("a tensor's n_dims"))
        guard (0...4).contains(rank) else {
            throw cursor.error(.ggmlRank, "a tensor's n_dims is \(rank) (0…4 allowed)")
        }
        let nameLength = Int(try cursor.int32("a tensor's name length"))
        guard (1...GGMLFile.maximumNameLength).contains(nameLength) else {
            throw cursor.error(
                .ggmlName, "a tensor's name length is \(nameLength) (1…\(GGMLFile.maximumNameLength) allowed)")
        }
        let typeNumber = try cursor.int32("a tensor's type")
        guard let type = ElementType(ggmlType: typeNumber) else {
            throw cursor.error(
                .ggmlType, "a tensor's type is \(typeNumber) (0, 1, 2, 3, 6, 7 or 8 allowed: f32, f16, q4_0 … q8_0)")
        }
        var sizes: [Int] = []
        for dimension in 0..<rank {
            let size = Int(try cursor.int32("a tensor's ne[\(dimension)]"))
            guard size > 0 else {
                throw cursor.error(.ggmlShape, "a tensor's ne[\(dimension)] is \(size) (≥ 1 needed)")
            }
            sizes.append(size)
        }
        let nameRange = try cursor.skip(nameLength, "a tensor's name")
        guard let name = String(validating: cursor.file.bytes[nameRange], as: UTF8.self), !name.utf8.contains(0) else {
            throw cursor.error(.ggmlName, "a tensor's name is not UTF-8, or holds NUL", back: nameLength)
        }
        guard (sizes.first ?? type.blockElements) % type.blockElements == 0 else {
            throw cursor.error(
                .ggmlShape,
                "ne[0] of \(name) is \(sizes[0]), not a multiple of its type's block of \(type.blockElements)",
                back: nameLength + 4 * rank)
        }
        guard let count = WeightFiles.elementCount(of: sizes), let bytes = type.byteCount(elements: count) else {
            throw cursor.error(
                .ggmlShape, "the size of \(name), ne = \(sizes), overflows or does not fill blocks",
                back: nameLength + 4 * rank)
        }
        self.name = name
        self.type = type
        shape = sizes.reversed()
        elementCount = count
        range = try cursor.skip(bytes, "the data of \(name)")
    }
}
