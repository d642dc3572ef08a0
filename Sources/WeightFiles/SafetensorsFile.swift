/// A safetensors file: a JSON header that names, types and places tensors, then their data.
///
/// Follows the format's reference implementation in what it accepts: offsets cover the data without gap or overlap, and
/// nothing follows it. Opening checks everything but the weights' values and reads only the header.
/// Source: https://github.com/huggingface/safetensors#format
public struct SafetensorsFile: WeightSource {
    /// Longest header, in bytes: the reference's limit.
    public static let maximumHeaderLength = 100_000_000
    /// Most tensors in a file.
    public static let maximumTensors = 65_536
    /// Most keys of `__metadata__`.
    public static let maximumMetadataKeys = 1024
    /// Longest name of a tensor, in bytes of UTF-8.
    public static let maximumNameLength = 1024
    /// Most dimensions of a tensor.
    public static let maximumRank = 16

    /// The strings under `__metadata__`.
    public let metadata: [String: String]
    /// The tensors' names in the order of their data.
    public let names: [String]
    private let file: MappedFile
    private let entries: [SafetensorsHeader.Entry]
    private let positions: [String: Int]

    /// Opens the file at `path`. Throws `model.file.*` or `model.safetensors.*`.
    public init(path: String) throws(WeightFileError) {
        try self.init(file: try MappedFile(path: path))
    }

    /// Reads the header of a file that is mapped already. Throws `model.safetensors.*`.
    public init(file: MappedFile) throws(WeightFileError) {
        let header = try SafetensorsHeader(file)
        self.file = file
        metadata = header.metadata
        entries = header.entries
        names = entries.map(\.name)
        var positions: [String: Int] = [:]
        positions.reserveCapacity(entries.count)
        for (position, entry) in entries.enumerated() {
            guard positions.updateValue(position, forKey: entry.name) == nil else {
                throw WeightFileError(
                    .safetensorsDuplicate, file.path, "the tensor \"\(entry.name)\" stands twice",
                    offset: entry.headerOffset)
            }
        }
        self.positions = positions
    }

    public var path: String { file.path }

    public subscript(name: String) -> WeightTensor? {
        guard let position = positions[name] else { return nil }
        let entry = entries[position]
        return WeightTensor(
            name: entry.name, shape: entry.shape, type: entry.type, elementCount: entry.elementCount,
            range: entry.range, file: file)
    }

    public func verifyUnchanged() throws(WeightFileError) { try file.verifyUnchanged() }
}
