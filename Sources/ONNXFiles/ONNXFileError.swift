/// Why an ONNX file cannot be read.
public struct ONNXFileError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for one kind of fault.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public let code: Code
    /// The file, as its path was given.
    public let path: String
    /// The part at fault, what was found, and what is allowed.
    public let message: String
    /// The error of the layer below, if that is where it began.
    public let cause: (any Error)?

    public init(_ code: Code, _ path: String, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.path = path
        self.message = message
        self.cause = cause
    }

    public var description: String {
        let text = "\(code.rawValue): \(path): \(message)"
        return cause.map { "\(text): \($0)" } ?? text
    }
}

extension ONNXFileError.Code {
    /// The file cannot be opened or is not a regular file.
    public static let unreadable = Self(rawValue: "voice.onnx_unreadable")
    /// Not an ONNX model: no protocol buffer, a field of another type, or no graph.
    public static let invalid = Self(rawValue: "voice.onnx_invalid")
    /// Larger than any model of this kind, or mostly something other than weights.
    public static let tooLarge = Self(rawValue: "voice.onnx_too_large")
    /// A tensor whose data lie in another file, which is never opened.
    public static let externalData = Self(rawValue: "voice.onnx_external_data")
    /// A tensor's shape is negative, overflows, or does not fit its data; or a name stands twice.
    public static let tensorInvalid = Self(rawValue: "voice.onnx_tensor_invalid")
    /// A tensor's element type is not one of float, half float, bfloat16 and double.
    public static let tensorType = Self(rawValue: "voice.onnx_tensor_type")
    /// A weight is NaN or infinite.
    public static let tensorNonFinite = Self(rawValue: "voice.onnx_not_finite")
}
