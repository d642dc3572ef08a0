import StrictJSON

/// Writes a safetensors file tensor by tensor, holding none of them.
///
/// The file appears under its name only when ``finish()`` has made it durable.
public final class SafetensorsWriter {
    /// What the header says of a tensor.
    public struct Declaration: Sendable, Equatable {
        public var name: String
        /// A type that safetensors has.
        public var type: ElementType
        /// Sizes, outermost first.
        public var shape: [Int]

        public init(name: String, type: ElementType, shape: [Int]) {
            self.name = name
            self.type = type
            self.shape = shape
        }
    }

    /// The tensors in the order in which their data must be written: larger elements first, so that each tensor is
    /// aligned to its element (the header is padded to 8 bytes); otherwise as declared.
    public let tensors: [Declaration]
    private let output: AtomicFile
    /// Bytes of data that each tensor of ``tensors`` needs.
    private let sizes: [Int]
    private var current = 0
    private var written = 0

    /// Begins the file with its header.
    ///
    /// Throws ``WeightFileError/Code/fileWrite`` when the file cannot be created, and `model.safetensors.*` for a
    /// declaration that the format cannot express.
    public init(path: String, tensors: [Declaration], metadata: [String: String] = [:]) throws(WeightFileError) {
        let ordered = tensors.enumerated().sorted {
            ($1.element.type.blockBytes, $0.offset) < ($0.element.type.blockBytes, $1.offset)
        }
        self.tensors = ordered.map(\.element)
        var seen: Set<String> = []
        var sizes: [Int] = []
        for tensor in self.tensors {
            guard seen.insert(tensor.name).inserted, tensor.name != "__metadata__", !tensor.name.isEmpty else {
                throw WeightFileError(
                    .safetensorsDuplicate, path, "\"\(tensor.name)\" cannot be written, or stands twice")
            }
            sizes.append(try Self.size(of: tensor, path))
        }
        self.sizes = sizes
        output = try AtomicFile(path: path)
        try output.write(try Self.header(self.tensors, sizes, metadata, path))
        skipEmpty()
    }

    /// Appends bytes of the data of tensor `name`, which must be the next that lacks some.
    ///
    /// Throws ``WeightFileError/Code/safetensorsSize`` for the wrong tensor or too many bytes, and
    /// ``WeightFileError/Code/fileWrite`` when the disk does not take them.
    public func append(_ bytes: UnsafeRawBufferPointer, to name: String) throws(WeightFileError) {
        if bytes.isEmpty { return }
        guard current < tensors.count, tensors[current].name == name else {
            let expected = current < tensors.count ? "\"\(tensors[current].name)\"" : "the end"
            throw WeightFileError(.safetensorsSize, output.path, "data of \"\(name)\" given where \(expected) is due")
        }
        guard bytes.count <= sizes[current] - written else {
            throw WeightFileError(
                .safetensorsSize, output.path, "\"\(name)\" takes \(sizes[current]) bytes, and more were given")
        }
        try output.write(bytes)
        written += bytes.count
        if written == sizes[current] {
            current += 1
            written = 0
            skipEmpty()
        }
    }

    /// Completes the file: durable, then under its name.
    ///
    /// Throws ``WeightFileError/Code/safetensorsSize`` when data is missing.
    public func finish() throws(WeightFileError) {
        guard current == tensors.count else {
            throw WeightFileError(
                .safetensorsSize, output.path,
                "\"\(tensors[current].name)\" got \(written) of \(sizes[current]) bytes")
        }
        try output.commit()
    }

    private func skipEmpty() {
        while current < tensors.count, sizes[current] == 0 { current += 1 }
    }

    private static func size(of tensor: Declaration, _ path: String) throws(WeightFileError) -> Int {
        guard tensor.type.safetensorsName != nil else {
            throw WeightFileError(
                .safetensorsType, path, "\"\(tensor.name)\" has the type \(tensor.type), which the format lacks")
        }
        guard let count = elementCount(of: tensor.shape), let size = tensor.type.byteCount(elements: count) else {
            throw WeightFileError(.safetensorsShape, path, "the shape \(tensor.shape) of \"\(tensor.name)\" overflows")
        }
        return size
    }

    private static func header(
        _ tensors: [Declaration], _ sizes: [Int], _ metadata: [String: String], _ path: String
    ) throws(WeightFileError) -> [UInt8] {
        var writer = JSONWriter(style: .compact)
        writer.beginObject()
        if !metadata.isEmpty {
            writer.key("__metadata__")
            writer.value(.object(JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
        }
        var offset = 0
        for (tensor, size) in zip(tensors, sizes) {
            let (end, overflow) = offset.addingReportingOverflow(size)
            guard !overflow else {
                throw WeightFileError(.safetensorsShape, path, "the tensors' sizes add up beyond 64 bits")
            }
            writer.key(tensor.name)
            writer.beginObject()
            writer.key("dtype")
            writer.value(tensor.type.safetensorsName ?? "")
            writer.key("shape")
            writer.value(.array(tensor.shape.map { .integer(Int64($0)) }))
            writer.key("data_offsets")
            writer.value(.array([.integer(Int64(offset)), .integer(Int64(end))]))
            writer.endObject()
            offset = end
        }
        writer.endObject()
        let padding = (8 - writer.bytes.count % 8) % 8
        let length = writer.bytes.count + padding
        guard length <= SafetensorsFile.maximumHeaderLength else {
            throw WeightFileError(.safetensorsHeaderLength, path, "the header takes \(length) bytes, above the limit")
        }
        let prefix = withUnsafeBytes(of: UInt64(length).littleEndian) { Array($0) }
        return prefix + writer.bytes + [UInt8](repeating: 0x20, count: padding)
    }
}
