internal import SwiftProtobuf
internal import WeightFiles

/// The graph of an ONNX file: its operations in order, and the tensors that are stored with them.
///
/// Nothing is executed. Only what weights are read from is kept: subgraphs, integers and strings are passed over.
public struct ONNXModel: Sendable {
    /// One operation.
    public struct Node: Sendable {
        let proto: Onnx_NodeProto

        /// Exporters write the module path here, such as `/dec/ups.0/ConvTranspose`; often empty or a number.
        public var name: String { proto.name }
        /// `Conv`, `Gather`, `Constant`…
        public var operation: String { proto.opType }
        /// Names of tensors; an operand that is left out has an empty name.
        public var inputs: [String] { proto.input }
        public var outputs: [String] { proto.output }

        /// The input at `position`, or nil when there is none.
        public func input(_ position: Int) -> String? {
            proto.input.indices.contains(position) && !proto.input[position].isEmpty ? proto.input[position] : nil
        }

        /// An attribute that is an integer or a list of integers; nil when there is none.
        public func integers(_ attribute: String) -> [Int]? {
            guard let found = proto.attribute.first(where: { $0.name == attribute }) else { return nil }
            return found.hasI ? [Int(found.i)] : found.ints.map { Int($0) }
        }
    }

    /// The path as it was given, for messages.
    public let path: String
    /// Names of the inputs that a caller provides.
    public let inputs: [String]
    /// In the file's order, which is an order of execution.
    public let nodes: [Node]
    /// Stored tensors, by name: initializers and the values of `Constant` operations.
    private var stored: [String: Onnx_TensorProto]
    /// Outputs of `Identity` operations, with which exporters make one tensor stand for several equal ones.
    private let aliases: [String: String]

    /// Reads the file at `path`.
    ///
    /// Throws ``ONNXFileError/Code/unreadable``, and what ``init(contents:path:)`` throws.
    public init(path: String) throws(ONNXFileError) {
        let file: MappedFile
        do throws(WeightFileError) {
            file = try MappedFile(path: path)
        } catch {
            throw ONNXFileError(.unreadable, path, "cannot be opened", cause: error)
        }
        self = try file.withBytes { bytes throws(ONNXFileError) in try ONNXModel(contents: bytes, path: path) }
    }

    /// Parses a model that is in memory. The bytes are not needed afterwards.
    ///
    /// Throws ``ONNXFileError/Code/tooLarge``, ``ONNXFileError/Code/invalid``, ``ONNXFileError/Code/externalData`` or
    /// ``ONNXFileError/Code/tensorInvalid``.
    public init(contents: UnsafeRawBufferPointer, path: String) throws(ONNXFileError) {
        try ProtobufOutline.check(contents, path: path)
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = 8
        options.discardUnknownFields = true
        let model: Onnx_ModelProto
        do {
            model = try Onnx_ModelProto(serializedBytes: contents.bytes, partial: true, options: options)
        } catch {
            throw ONNXFileError(.invalid, path, "is no ONNX model", cause: error)
        }
        guard model.hasGraph, !model.graph.node.isEmpty else {
            throw ONNXFileError(.invalid, path, "is no ONNX model: it holds no graph")
        }
        self.path = path
        let graph = model.graph
        nodes = graph.node.map(Node.init)
        stored = [:]
        stored.reserveCapacity(graph.initializer.count)
        for tensor in graph.initializer {
            try Self.check(tensor, path)
            guard stored.updateValue(tensor, forKey: tensor.name) == nil else {
                throw ONNXFileError(.tensorInvalid, path, "the tensor \"\(tensor.name.prefix(80))\" stands twice")
            }
        }
        var aliases: [String: String] = [:]
        for node in graph.node {
            guard let output = node.output.first else { continue }
            if node.opType == "Identity", let input = node.input.first { aliases[output] = input }
            guard node.opType == "Constant", let value = node.attribute.first(where: { $0.hasT }) else { continue }
            try Self.check(value.t, path)
            stored[output] = value.t
        }
        self.aliases = aliases
        inputs = graph.input.map(\.name).filter { [stored] in stored[$0] == nil }
    }

    /// Names of the tensors in the file.
    public var tensorNames: some Sequence<String> { stored.keys }

    /// The shape of a stored tensor, or nil when there is none of that name.
    public func shape(of name: String) -> [Int]? {
        stored[resolved(name)].map { $0.dims.map { Int($0) } }
    }

    /// The numbers of a stored tensor, row-major, or nil when there is none of that name.
    ///
    /// Throws ``ONNXFileError/Code/tensorType``, ``ONNXFileError/Code/tensorInvalid`` when there are not as many
    /// numbers as the shape says, or ``ONNXFileError/Code/tensorNonFinite``.
    public func floats(of name: String) throws(ONNXFileError) -> [Float]? {
        guard let tensor = stored[resolved(name)] else { return nil }
        return try tensor.floats(path: path)
    }

    private func resolved(_ name: String) -> String {
        var name = name
        // A ring of aliases ends the search as well.
        for _ in 0..<16 {
            guard stored[name] == nil, let next = aliases[name] else { break }
            name = next
        }
        return name
    }

    private static func check(_ tensor: Onnx_TensorProto, _ path: String) throws(ONNXFileError) {
        let name = tensor.name.prefix(80)
        guard tensor.externalData.isEmpty, tensor.dataLocation != .external else {
            throw ONNXFileError(
                .externalData, path,
                "the tensor \"\(name)\" lies in another file, which is not opened; export the model as one file")
        }
        guard tensor.dims.count <= 8, tensor.elementCount != nil else {
            throw ONNXFileError(.tensorInvalid, path, "the tensor \"\(name)\" has no possible shape")
        }
    }
}
