import WeightFiles

/// Writes a model folder anew with smaller weights.
///
/// int8 keeps one scale for each row of a matrix: `NAME` becomes I8 `[rows, columns]` and `NAME_scale` F32 `[rows]`, so
/// that weight = scale · value, with the row's largest magnitude at ±127. Vectors, convolutions and position tables,
/// which are small, keep their type.
public struct WeightQuantizer: Sendable {
    /// The type that matrices get.
    public enum Target: String, Sendable, CaseIterable {
        case int8
        case f16
    }

    public let target: Target

    public init(_ target: Target) {
        self.target = target
    }

    /// Reads the model folder `source` and makes the folder `destination`, which must not exist.
    ///
    /// - Returns: bytes of the weights before and after.
    /// - Throws: `store.*`, or `WeightFileError` for weights that cannot be read.
    public func run(
        from source: InstalledModel, to destination: String,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
        shouldStop: () -> Bool = { false }
    ) throws -> (before: Int, after: Int) {
        guard source.form == .folder else {
            throw ModelStoreError(
                .nameInvalid,
                "'\(source.path)' is a ggml file; only model folders can be quantised (ggml files come quantised as well)"
            )
        }
        guard FileSystem.kind(of: destination) == nil else {
            throw ModelStoreError(.alreadyInstalled, "'\(destination)' is there already; name a folder that is not")
        }
        let weights = try SafetensorsIndex(directory: source.path)
        let staging = destination + ".part"
        try FileSystem.makeDirectory(staging)
        do {
            try copyDescriptions(from: source.path, to: staging)
            let sizes = try write(weights, to: "\(staging)/model.safetensors", progress, shouldStop)
            try FileSystem.rename(staging, destination)
            return sizes
        } catch {
            try? FileSystem.removeDirectory(staging)
            throw error
        }
    }

    /// Everything that describes the model: configuration and vocabulary, but not the index of shards that become one.
    private func copyDescriptions(from source: String, to destination: String) throws(ModelStoreError) {
        for name in FileSystem.names(in: source) {
            let isDescription = name.hasSuffix(".json") || name.hasSuffix(".txt")
            guard isDescription, name != "model.safetensors.index.json" else { continue }
            guard let bytes = try FileSystem.read("\(source)/\(name)", limit: 256 << 20) else { continue }
            try FileSystem.write(String(decoding: bytes, as: UTF8.self), to: "\(destination)/\(name)")
        }
    }

    private func write(
        _ weights: SafetensorsIndex, to path: String, _ progress: (Int, Int) -> Void, _ shouldStop: () -> Bool
    ) throws -> (before: Int, after: Int) {
        let tensors = weights.names.compactMap { weights[$0] }
        let declarations = tensors.flatMap(declarations)
        let writer = try SafetensorsWriter(
            path: path, tensors: declarations, metadata: ["format": "pt", "quantization": target.rawValue])
        let byName = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var done = 0
        for declaration in writer.tensors {
            if shouldStop() { throw ModelStoreError(.cancelled, "stopped while writing '\(path)'") }
            if let tensor = byName[declaration.name] {
                try append(tensor, as: declaration, to: writer)
            } else if let tensor = byName[String(declaration.name.dropLast(Self.scaleSuffix.utf8.count))] {
                let values = try rowScales(tensor)
                try values.withUnsafeBytes { try writer.append($0, to: declaration.name) }
            }
            done += 1
            progress(done, declarations.count)
        }
        try writer.finish()
        let after = declarations.compactMap { $0.type.byteCount(elements: $0.shape.reduce(1, *)) }.reduce(0, +)
        return (tensors.map(\.bytes.count).reduce(0, +), after)
    }

    private static let scaleSuffix = "_scale"

    private func declarations(_ tensor: WeightTensor) -> [SafetensorsWriter.Declaration] {
        guard isConverted(tensor) else {
            return [SafetensorsWriter.Declaration(name: tensor.name, type: tensor.type, shape: tensor.shape)]
        }
        switch target {
        case .f16:
            return [SafetensorsWriter.Declaration(name: tensor.name, type: .f16, shape: tensor.shape)]
        case .int8:
            return [
                SafetensorsWriter.Declaration(name: tensor.name, type: .i8, shape: tensor.shape),
                SafetensorsWriter.Declaration(
                    name: tensor.name + Self.scaleSuffix, type: .f32, shape: [tensor.shape[0]]),
            ]
        }
    }

    /// Matrices of linear layers and the token embedding; position tables are added, not multiplied.
    private func isConverted(_ tensor: WeightTensor) -> Bool {
        let isFloat = tensor.type == .f32 || tensor.type == .f16 || tensor.type == .bf16
        guard isFloat, tensor.elementCount > 0 else { return false }
        if target == .f16 { return tensor.type == .f32 && tensor.shape.count >= 2 }
        let isPosition = tensor.name.contains("embed_positions") || tensor.name.contains("positional_embedding")
        return tensor.shape.count == 2 && !isPosition
    }

    private func append(
        _ tensor: WeightTensor, as declaration: SafetensorsWriter.Declaration, to writer: SafetensorsWriter
    ) throws {
        guard declaration.type != tensor.type else {
            return try tensor.withBytes { try writer.append($0, to: tensor.name) }
        }
        try tensor.verifyFinite()
        let columns = tensor.shape.last ?? 1
        var row = [Float](repeating: 0, count: columns)
        var narrow = [Float16](repeating: 0, count: columns)
        var codes = [Int8](repeating: 0, count: columns)
        for index in 0..<(tensor.elementCount / columns) {
            tensor.widen(row: index, into: &row)
            if target == .f16 {
                for column in 0..<columns { narrow[column] = Float16(row[column]) }
                try narrow.withUnsafeBytes { try writer.append($0, to: tensor.name) }
            } else {
                Self.quantize(row, into: &codes)
                try codes.withUnsafeBytes { try writer.append($0, to: tensor.name) }
            }
        }
    }

    private func rowScales(_ tensor: WeightTensor) throws -> [Float] {
        try tensor.verifyFinite()
        let columns = tensor.shape[1]
        var row = [Float](repeating: 0, count: columns)
        return (0..<tensor.shape[0]).map { index in
            tensor.widen(row: index, into: &row)
            return Self.scale(of: row)
        }
    }

    static func scale(of row: [Float]) -> Float {
        var largest: Float = 0
        for value in row { largest = max(largest, abs(value)) }
        return largest / 127
    }

    static func quantize(_ row: [Float], into codes: inout [Int8]) {
        let scale = scale(of: row)
        // A row so small that its scale, or the scale's inverse, is no number of this format is zero.
        let inverse = 1 / scale
        guard scale > 0, inverse.isFinite else {
            for column in row.indices { codes[column] = 0 }
            return
        }
        for column in row.indices {
            let code = (row[column] * inverse).rounded(.toNearestOrEven)
            codes[column] = Int8(max(-127, min(127, code)))
        }
    }
}

extension WeightTensor {
    /// Row `index` of a float tensor, seen as `[rows, columns]`, as floats.
    fileprivate func widen(row index: Int, into row: inout [Float]) {
        let first = index * row.count
        withBytes { bytes in
            switch type {
            case .f32:
                for column in row.indices {
                    row[column] = bytes.loadUnaligned(fromByteOffset: (first + column) * 4, as: Float.self)
                }
            case .f16:
                for column in row.indices {
                    row[column] = Float(bytes.loadUnaligned(fromByteOffset: (first + column) * 2, as: Float16.self))
                }
            default:
                for column in row.indices {
                    let half = bytes.loadUnaligned(fromByteOffset: (first + column) * 2, as: UInt16.self)
                    row[column] = Float(bitPattern: UInt32(half) << 16)
                }
            }
        }
    }
}
