import StrictJSON

/// The header of a safetensors file, read and checked against the file's size.
struct SafetensorsHeader {
    struct Entry {
        var name: String
        /// Where the name stands in the file.
        var headerOffset: Int
        var type: ElementType
        var shape: [Int]
        var elementCount: Int
        /// Where the data lies in the file.
        var range: Range<Int>
    }

    private(set) var metadata: [String: String] = [:]
    /// In the order of their data.
    private(set) var entries: [Entry] = []

    private let path: String
    /// First byte of the data.
    private let dataStart: Int
    private var hasMetadata = false

    init(_ file: MappedFile) throws(WeightFileError) {
        path = file.path
        let header = try Self.headerBytes(of: file)
        dataStart = 8 + header.count
        do {
            try read(header)
        } catch let error as JSONError {
            let code: WeightFileError.Code = error.code == .duplicateKey ? .safetensorsDuplicate : .safetensorsHeader
            throw WeightFileError(code, path, "the header is malformed", offset: 8 + error.offset, cause: error)
        } catch let error as WeightFileError {
            throw error
        } catch {
            throw WeightFileError(.safetensorsHeader, path, "the header is malformed")
        }
        try checkLayout(dataCount: file.bytes.count - dataStart)
    }

    /// The bytes of the header, once its length is known to be possible.
    private static func headerBytes(of file: MappedFile) throws(WeightFileError) -> UnsafeRawBufferPointer {
        let (bytes, path) = (file.bytes, file.path)
        guard bytes.count >= 8 else {
            throw WeightFileError(
                .safetensorsTruncated, path, "the file has \(bytes.count) bytes; the header's length alone takes 8",
                offset: 0)
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length >= 2, length <= UInt64(SafetensorsFile.maximumHeaderLength) else {
            throw WeightFileError(
                .safetensorsHeaderLength, path,
                "the header's length is \(length) (2…\(SafetensorsFile.maximumHeaderLength) allowed)", offset: 0)
        }
        guard length <= UInt64(bytes.count - 8) else {
            throw WeightFileError(
                .safetensorsHeaderLength, path,
                "the header's length is \(length), and the file has \(bytes.count - 8) bytes after it", offset: 0)
        }
        let header = UnsafeRawBufferPointer(rebasing: bytes[8..<(8 + Int(length))])
        guard header[0] == UInt8(ascii: "{") else {
            throw WeightFileError(.safetensorsHeader, path, "the header does not begin with '{'", offset: 8)
        }
        return header
    }

    // MARK: Reading

    private mutating func read(_ header: UnsafeRawBufferPointer) throws {
        var reader = JSONReader(header, limits: JSONLimits(depth: 16))
        try reader.beginObject()
        while let key = try reader.nextMember() {
            if key == "__metadata__" {
                try readMetadata(&reader, at: key.offset)
            } else {
                guard entries.count < SafetensorsFile.maximumTensors else {
                    throw WeightFileError(
                        .safetensorsCount, path, "more than \(SafetensorsFile.maximumTensors) tensors",
                        offset: 8 + key.offset)
                }
                entries.append(try readEntry(&reader, name: key))
            }
        }
        try reader.finish()
    }

    private mutating func readMetadata(_ reader: inout JSONReader, at offset: Int) throws {
        guard !hasMetadata else {
            throw WeightFileError(.safetensorsDuplicate, path, "__metadata__ stands twice", offset: 8 + offset)
        }
        hasMetadata = true
        guard try reader.peek() == .object else {
            throw WeightFileError(.safetensorsMetadata, path, "__metadata__ is not an object", offset: 8 + offset)
        }
        try reader.beginObject()
        while let key = try reader.nextMember() {
            guard try reader.peek() == .string else {
                throw WeightFileError(
                    .safetensorsMetadata, path, "__metadata__ holds a value that is not a string",
                    offset: 8 + reader.offset)
            }
            guard metadata.count < SafetensorsFile.maximumMetadataKeys else {
                throw WeightFileError(
                    .safetensorsMetadata, path,
                    "__metadata__ has more than \(SafetensorsFile.maximumMetadataKeys) keys",
                    offset: 8 + key.offset)
            }
            guard metadata.updateValue(String(try reader.readString()), forKey: String(key)) == nil else {
                throw WeightFileError(
                    .safetensorsDuplicate, path, "a key of __metadata__ stands twice", offset: 8 + key.offset)
            }
        }
    }

    private func readEntry(_ reader: inout JSONReader, name key: JSONString) throws -> Entry {
        let headerOffset = 8 + key.offset
        let name = try checkedName(key)
        var (type, shape, offsets): (ElementType?, [Int]?, [Int]?)
        guard try reader.peek() == .object else {
            throw WeightFileError(.safetensorsHeader, path, "\"\(name)\" is not an object", offset: headerOffset)
        }
        try reader.beginObject()
        while let field = try reader.nextMember() {
            let isRepeated: Bool
            switch field {
            case "dtype":
                isRepeated = type != nil
                type = try readType(&reader, name)
            case "shape":
                isRepeated = shape != nil
                shape = try readSizes(
                    &reader, "the shape of \"\(name)\"", limit: SafetensorsFile.maximumRank, .safetensorsShape)
            case "data_offsets":
                isRepeated = offsets != nil
                offsets = try readSizes(&reader, "data_offsets of \"\(name)\"", limit: 2, .safetensorsOffsets)
            default:
                isRepeated = false
                try reader.skipValue()
            }
            if isRepeated {
                throw WeightFileError(
                    .safetensorsDuplicate, path, "\"\(name)\" has \(String(field)) twice", offset: 8 + field.offset)
            }
        }
        guard let type, let shape, let offsets else {
            let missing = type == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
            throw WeightFileError(.safetensorsHeader, path, "\"\(name)\" lacks \(missing)", offset: headerOffset)
        }
        return try makeEntry(name, headerOffset, type, shape, offsets)
    }

    private func checkedName(_ key: JSONString) throws(WeightFileError) -> String {
        func refused(_ why: String) -> WeightFileError {
            WeightFileError(.safetensorsName, path, "a tensor's name \(why)", offset: 8 + key.offset)
        }
        // The raw form can only be longer than the name, by a factor of 6; this bounds the copy.
        guard key.raw.count <= 6 * SafetensorsFile.maximumNameLength else {
            throw refused("is longer than \(SafetensorsFile.maximumNameLength) bytes")
        }
        let bytes = key.bytes
        if bytes.isEmpty { throw refused("is empty") }
        if bytes.count > SafetensorsFile.maximumNameLength {
            throw refused("is longer than \(SafetensorsFile.maximumNameLength) bytes")
        }
        if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw refused("holds a control character") }
        if Self.hasParentComponent(bytes) {
            throw refused("holds a '..' path component")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a part between slashes is `..`. Makes no list of the parts: a name may have as many as it has bytes.
    private static func hasParentComponent(_ name: [UInt8]) -> Bool {
        var length = 0
        var dots = 0
        for byte in name {
            if byte == UInt8(ascii: "/") {
                if length == 2, dots == 2 { return true }
                length = 0
                dots = 0
            } else {
                length += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
            }
        }
        return length == 2 && dots == 2
    }

    private func readType(_ reader: inout JSONReader, _ name: String) throws -> ElementType {
        let offset = 8 + reader.offset
        guard try reader.peek() == .string else {
            throw WeightFileError(.safetensorsType, path, "dtype of \"\(name)\" is not a string", offset: offset)
        }
        let text = try reader.readString()
        guard text.raw.count <= 32, let type = ElementType(safetensorsName: String(text)) else {
            let found = String(decoding: text.raw.prefix(32), as: UTF8.self)
            let supported = ElementType.allCases.compactMap(\.safetensorsName).joined(separator: ", ")
            throw WeightFileError(
                .safetensorsType, path,
                "dtype of \"\(name)\" is \"\(found)\" (supported: \(supported))",
                offset: offset)
        }
        return type
    }

    /// Reads a list of at most `limit` integers ≥ 0.
    private func readSizes(
        _ reader: inout JSONReader, _ field: String, limit: Int, _ code: WeightFileError.Code
    ) throws -> [Int] {
        guard try reader.peek() == .array else {
            throw WeightFileError(code, path, "\(field) is not a list", offset: 8 + reader.offset)
        }
        var sizes: [Int] = []
        try reader.beginArray()
        while try reader.nextElement() {
            let offset = 8 + reader.offset
            guard try reader.peek() == .number, case .integer(let value) = try reader.readNumber(), value >= 0 else {
                throw WeightFileError(code, path, "\(field) holds something else than an integer ≥ 0", offset: offset)
            }
            guard sizes.count < limit else {
                throw WeightFileError(code, path, "\(field) has more than \(limit) numbers", offset: offset)
            }
            sizes.append(Int(value))
        }
        return sizes
    }

    // MARK: Checking

    private func makeEntry(
        _ name: String, _ headerOffset: Int, _ type: ElementType, _ shape: [Int], _ offsets: [Int]
    ) throws(WeightFileError) -> Entry {
        guard let count = elementCount(of: shape), let size = type.byteCount(elements: count) else {
            throw WeightFileError(
                .safetensorsShape, path, "the shape \(shape) of \"\(name)\" overflows", offset: headerOffset)
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw WeightFileError(
                .safetensorsOffsets, path, "data_offsets of \"\(name)\" is \(offsets), not [begin, end]",
                offset: headerOffset)
        }
        guard offsets[1] - offsets[0] == size else {
            throw WeightFileError(
                .safetensorsSize, path,
                "\"\(name)\" has \(offsets[1] - offsets[0]) bytes, and its shape \(shape) and dtype need \(size)",
                offset: headerOffset)
        }
        let (end, overflow) = offsets[1].addingReportingOverflow(dataStart)
        guard !overflow else {
            throw WeightFileError(
                .safetensorsOffsets, path, "data_offsets of \"\(name)\" overflow", offset: headerOffset)
        }
        return Entry(
            name: name, headerOffset: headerOffset, type: type, shape: shape, elementCount: count,
            range: (offsets[0] + dataStart)..<end)
    }

    /// Orders the entries by their data, which must cover the file's `dataCount` bytes exactly once.
    private mutating func checkLayout(dataCount: Int) throws(WeightFileError) {
        entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        let fileEnd = dataStart + dataCount
        var end = dataStart
        for entry in entries {
            let begin = entry.range.lowerBound
            guard begin == end else {
                let code: WeightFileError.Code = begin < end ? .safetensorsOverlap : .safetensorsGap
                throw WeightFileError(
                    code, path,
                    "the data of \"\(entry.name)\" begins at \(begin - dataStart), and what precedes it ends at "
                        + "\(end - dataStart)",
                    offset: entry.headerOffset)
            }
            end = entry.range.upperBound
            guard end <= fileEnd else {
                throw WeightFileError(
                    .safetensorsTruncated, path,
                    "the data of \"\(entry.name)\" ends at \(end - dataStart), and the file holds \(dataCount) bytes "
                        + "of data",
                    offset: entry.headerOffset)
            }
        }
        guard end == fileEnd else {
            throw WeightFileError(
                .safetensorsTrailing, path, "\(fileEnd - end) bytes follow the last tensor", offset: end)
        }
    }
}
