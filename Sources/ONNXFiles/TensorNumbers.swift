/// `TensorProto.DataType` of the kinds of number that weights are stored in.
private enum TensorType: Int32 {
    case float = 1
    case half = 10
    case double = 11
    case bfloat16 = 16

    var bytes: Int {
        switch self {
        case .float: 4
        case .half, .bfloat16: 2
        case .double: 8
        }
    }
}

extension Onnx_TensorProto {
    /// The product of the dimensions; nil when one is negative or the product overflows.
    var elementCount: Int? {
        var count = 1
        for dimension in dims {
            guard let size = Int(exactly: dimension), size >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    func floats(path: String) throws(ONNXFileError) -> [Float] {
        let label = "the tensor \"\(name.prefix(80))\""
        guard let type = TensorType(rawValue: dataType) else {
            throw ONNXFileError(.tensorType, path, "\(label) has elements of type \(dataType), which are no weights")
        }
        let count = elementCount ?? -1
        let values: [Float]?
        if hasRawData {
            values = Array(rawData).withUnsafeBytes { bytes in type.widened(bytes, count: count) }
        } else {
            values = type == .float && floatData.count == count ? floatData : nil
        }
        guard let values else {
            throw ONNXFileError(
                .tensorInvalid, path, "\(label) does not hold as many numbers as its shape \(dims) says")
        }
        // 0 · x is 0 unless x is NaN or infinite.
        guard values.reduce(0, { $0 + 0 * $1 }) == 0 else {
            throw ONNXFileError(.tensorNonFinite, path, "\(label) holds NaN or an infinite number")
        }
        return values
    }
}

extension TensorType {
    /// `count` numbers from exactly as many little-endian bytes as they take, or nil.
    fileprivate func widened(_ data: UnsafeRawBufferPointer, count: Int) -> [Float]? {
        let (size, overflow) = count.multipliedReportingOverflow(by: bytes)
        guard !overflow, count >= 0, data.count == size else { return nil }
        return [Float](unsafeUninitializedCapacity: count) { target, initialized in
            initialized = count
            switch self {
            case .float: UnsafeMutableRawBufferPointer(target).copyMemory(from: data)
            case .half:
                for i in 0..<count { target[i] = Float(data.loadUnaligned(fromByteOffset: 2 * i, as: Float16.self)) }
            case .bfloat16:
                for i in 0..<count {
                    let bits = data.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
                    target[i] = Float(bitPattern: UInt32(bits) << 16)
                }
            case .double:
                for i in 0..<count { target[i] = Float(data.loadUnaligned(fromByteOffset: 8 * i, as: Double.self)) }
            }
        }
    }
}
