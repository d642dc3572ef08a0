/// One named tensor of a weight file, where it lies in the file.
public struct WeightTensor: Sendable {
    public let name: String
    /// Sizes, outermost first, in row-major order; empty for a scalar.
    public let shape: [Int]
    public let type: ElementType
    /// Number of elements: the product of ``shape``.
    public let elementCount: Int
    /// The data, exactly as long as ``shape`` and ``type`` need.
    ///
    /// In a ggml file it starts at any byte; in a safetensors file too if its writer did not align it. Read it with
    /// `loadUnaligned`, or check `baseAddress` before binding it to a type. Valid while ``file`` lives: store
    /// that beside the pointer, or read through ``withBytes(_:)``.
    // Safe to share: it points into `file`, which is immutable and kept alive beside it.
    nonisolated(unsafe) public let bytes: UnsafeRawBufferPointer
    /// The file that holds the bytes.
    public let file: MappedFile

    /// The tensor whose data is `range` of `file`; the caller has checked all of it.
    init(name: String, shape: [Int], type: ElementType, elementCount: Int, range: Range<Int>, file: MappedFile) {
        self.name = name
        self.shape = shape
        self.type = type
        self.elementCount = elementCount
        bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        self.file = file
    }

    /// Calls `body` with the data, which stays mapped until it returns.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(file) {} }
        return try body(bytes)
    }
}

/// Anything that finds tensors by name.
public protocol WeightSource: Sendable {
    /// Where the tensors come from, for messages.
    var path: String { get }
    /// The tensors' names, in the order of the file.
    var names: [String] { get }
    /// The tensor of that name, nil when there is none.
    subscript(name: String) -> WeightTensor? { get }
    /// Throws when a file was shortened or overwritten since it was opened; see ``MappedFile/verifyUnchanged()``.
    func verifyUnchanged() throws(WeightFileError)
}

extension WeightSource {
    /// The tensor `name`, which must have `shape`.
    ///
    /// Throws ``WeightFileError/Code/tensorMissing`` or ``WeightFileError/Code/tensorShape``.
    public func tensor(_ name: String, shape: [Int]) throws(WeightFileError) -> WeightTensor {
        guard let tensor = self[name] else {
            throw WeightFileError(.tensorMissing, path, "the tensor \(name) is missing")
        }
        guard tensor.shape == shape else {
            throw WeightFileError(
                .tensorShape, path, "the tensor \(name) has shape \(tensor.shape), and the model needs \(shape)")
        }
        return tensor
    }
}
