import WeightFiles

/// Touches all that an opened file hands out, so that a range outside the file is seen.
func consume(_ model: some WeightSource) {
    for name in model.names {
        guard let tensor = model[name] else { fatalError("a listed tensor is not found") }
        precondition(tensor.shape.reduce(1, &*) == tensor.elementCount)
        precondition(tensor.type.byteCount(elements: tensor.elementCount) == tensor.bytes.count)
        tensor.withBytes { bytes in
            precondition(bytes.isEmpty || Int(bytes[0]) + Int(bytes[bytes.count - 1]) >= 0)
        }
        try? tensor.verifyFinite()
    }
}
