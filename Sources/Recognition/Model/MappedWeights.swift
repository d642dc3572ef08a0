internal import WeightFiles

/// The mapped matrices of one half of a model, so that a process holds one half at a time: encoder and decoder take turns
/// that are long beside getting pages back that the system still has in its cache.
struct MappedWeights: Sendable {
    private let tensors: [WeightTensor]

    /// - Parameter part: "encoder." or "decoder.", with which the tensors' names begin, behind "model." in some files.
    init(_ source: any WeightSource, part: String) {
        tensors = source.names
            .filter { $0.hasPrefix(part) || $0.hasPrefix("model." + part) }
            .compactMap { source[$0] }
            .filter { $0.shape.count > 1 }
    }

    func release() {
        for tensor in tensors { tensor.file.release(tensor.bytes) }
    }
}
