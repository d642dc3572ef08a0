import ONNXFiles

/// Reads the input as an ONNX file, and all the tensors that it promises.
@_cdecl("fuzzOneInput")
public func fuzzONNX(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let model = try? ONNXModel(contents: input, path: "input") else { return 0 }
    for name in model.tensorNames {
        guard let shape = model.shape(of: name) else { fatalError("a listed tensor is not found") }
        guard let numbers = try? model.floats(of: name) else { continue }
        precondition(numbers.count == shape.reduce(1, *))
        precondition(numbers.allSatisfy(\.isFinite))
    }
    for node in model.nodes {
        for input in node.inputs { _ = model.shape(of: input) }
        _ = node.integers("pads")
    }
    return 0
}
