public import StrictJSON

/// Why a weight file cannot be opened, read or written.
public struct WeightFileError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for one kind of fault.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public let code: Code
    /// The file, as its path was given.
    public let path: String
    /// The field at fault, what was found, and what is allowed.
    public let message: String
    /// Where the field stands in the file, in bytes; nil when the fault has no place.
    public let offset: Int?
    /// `errno` of the system call that failed.
    public let errorNumber: Int32?
    /// The fault in the file's JSON.
    public let cause: JSONError?

    public init(
        _ code: Code, _ path: String, _ message: String, offset: Int? = nil, errorNumber: Int32? = nil,
        cause: JSONError? = nil
    ) {
        self.code = code
        self.path = path
        self.message = message
        self.offset = offset
        self.errorNumber = errorNumber
        self.cause = cause
    }

    public var description: String {
        var text = "\(code.rawValue): \(path): \(message)"
        if let offset { text += " (byte \(offset))" }
        if let errorNumber { text += ": \(systemMessage(errorNumber))" }
        if let cause { text += ": \(cause.message)" }
        return text
    }
}

extension WeightFileError.Code {
    /// The file cannot be opened, mapped, or its state read.
    public static let fileOpen = Self(rawValue: "model.file.open")
    /// A directory, pipe, device or socket where a regular file is needed.
    public static let fileKind = Self(rawValue: "model.file.not_regular")
    /// The file was shortened or overwritten after it was opened.
    public static let fileChanged = Self(rawValue: "model.file.changed")
    /// A file cannot be created, written, synchronised or renamed.
    public static let fileWrite = Self(rawValue: "model.file.write")

    /// The file ends before its header, or before data that the header announces.
    public static let safetensorsTruncated = Self(rawValue: "model.safetensors.truncated")
    /// The header's length is 0, above 100 MB, or beyond the file.
    public static let safetensorsHeaderLength = Self(rawValue: "model.safetensors.header_length")
    /// The header is not UTF-8, not JSON, or not of the form that the format asks for.
    public static let safetensorsHeader = Self(rawValue: "model.safetensors.header")
    /// `__metadata__` is not a map from strings to strings.
    public static let safetensorsMetadata = Self(rawValue: "model.safetensors.metadata")
    /// A tensor's name is empty, too long, or holds what no name should.
    public static let safetensorsName = Self(rawValue: "model.safetensors.name")
    /// A name stands twice.
    public static let safetensorsDuplicate = Self(rawValue: "model.safetensors.duplicate")
    /// An element type that is unknown or not supported.
    public static let safetensorsType = Self(rawValue: "model.safetensors.dtype")
    /// A shape that is not a list of sizes, or whose product overflows.
    public static let safetensorsShape = Self(rawValue: "model.safetensors.shape")
    /// Data offsets that are not two ordered sizes.
    public static let safetensorsOffsets = Self(rawValue: "model.safetensors.offsets")
    /// A tensor's bytes are not as many as its shape and type need.
    public static let safetensorsSize = Self(rawValue: "model.safetensors.size")
    /// Two tensors share bytes.
    public static let safetensorsOverlap = Self(rawValue: "model.safetensors.overlap")
    /// Bytes between two tensors belong to none.
    public static let safetensorsGap = Self(rawValue: "model.safetensors.gap")
    /// Bytes follow the last tensor.
    public static let safetensorsTrailing = Self(rawValue: "model.safetensors.trailing_data")
    /// More tensors than the limit.
    public static let safetensorsCount = Self(rawValue: "model.safetensors.count")
    /// A sharded model's index is malformed, or names a file outside its directory or a tensor that is not there.
    public static let safetensorsIndex = Self(rawValue: "model.safetensors.index")

    /// The file does not begin with ggml's magic number.
    public static let ggmlMagic = Self(rawValue: "model.ggml.magic")
    /// The file ends inside a field or a tensor's data.
    public static let ggmlTruncated = Self(rawValue: "model.ggml.truncated")
    /// A hyperparameter is outside its range, or contradicts another.
    public static let ggmlHyperparameter = Self(rawValue: "model.ggml.hyperparameter")
    /// The mel filters have another size than the model needs, or hold NaN or infinity.
    public static let ggmlMelFilters = Self(rawValue: "model.ggml.mel_filters")
    /// The vocabulary's size is negative, above `n_vocab`, or more than the file can hold; or a token stands twice.
    public static let ggmlVocabulary = Self(rawValue: "model.ggml.vocabulary")
    /// A tensor's number of dimensions is outside 0…4.
    public static let ggmlRank = Self(rawValue: "model.ggml.n_dims")
    /// A tensor's name is empty, too long, not UTF-8, or unknown to the model's layout.
    public static let ggmlName = Self(rawValue: "model.ggml.name")
    /// A tensor's type number is unknown or not supported.
    public static let ggmlType = Self(rawValue: "model.ggml.type")
    /// A tensor's dimensions are not positive, overflow, do not fill quantisation blocks, or do not suit the model.
    public static let ggmlShape = Self(rawValue: "model.ggml.shape")
    /// A tensor stands twice.
    public static let ggmlDuplicate = Self(rawValue: "model.ggml.duplicate")
    /// A tensor that the model's layout needs is not there.
    public static let ggmlMissing = Self(rawValue: "model.ggml.missing")
    /// Bytes follow the last tensor.
    public static let ggmlTrailing = Self(rawValue: "model.ggml.trailing_data")

    /// A tensor that the model needs is not there.
    public static let tensorMissing = Self(rawValue: "model.tensor.missing")
    /// A tensor has another shape than the model needs.
    public static let tensorShape = Self(rawValue: "model.tensor.shape")
    /// A weight, or a quantisation block's scale, is NaN or infinite.
    public static let tensorNonFinite = Self(rawValue: "model.tensor.not_finite")
}
