import Recognition
import StrictJSON
import Tensors
import WeightFiles

/// Writes a model anew as a folder in Hugging Face's layout with smaller weights.
///
/// The model may be such a folder or a whisper.cpp file, quantised or not.
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

    /// Reads the model `source` and makes the folder `destination`, which must not exist.
    ///
    /// - Returns: bytes of the weights before and after.
    /// - Throws: `store.*`, or `WeightFileError` for weights that cannot be read.
    public func run(
        from source: InstalledModel, to destination: String,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
        shouldStop: () -> Bool = { false }
    ) throws -> (before: Int, after: Int) {
        guard FileSystem.kind(of: destination) == nil else {
            throw ModelStoreError(.alreadyInstalled, "'\(destination)' is there already; name a folder that is not")
        }
        let ggml = source.form == .ggml ? try GGMLFile(path: source.path) : nil
        let weights: any WeightSource =
            if let ggml { HuggingFaceNames(ggml) } else { try SafetensorsIndex(directory: source.path) }
        let staging = destination + ".part"
        try Self.clear(staging)
        try FileSystem.makeDirectory(staging)
        do {
            if let ggml {
                try writeDescriptions(ModelDescription(ggml), to: staging)
            } else {
                try copyDescriptions(from: source.path, to: staging)
            }
            let sizes = try write(weights, to: "\(staging)/model.safetensors", progress, shouldStop)
            try FileSystem.rename(staging, destination)
            return sizes
        } catch {
            try? FileSystem.removeTree(staging)
            throw error
        }
    }

    /// Removes what a killed run has left. A folder with anything else is somebody's own and stays.
    private static func clear(_ staging: String) throws(ModelStoreError) {
        guard FileSystem.kind(of: staging) != nil else { return }
        let endings = [".json", ".txt", ".safetensors", ".part"]
        let names = FileSystem.names(in: staging)
        let isOurs = names.allSatisfy { name in
            endings.contains { name.hasSuffix($0) } && FileSystem.isFile("\(staging)/\(name)")
        }
        guard FileSystem.isDirectory(staging), isOurs else {
            throw ModelStoreError(
                .alreadyInstalled,
                "'\(staging)', where the new model would grow, is there already and no rest of an earlier run; rename it"
            )
        }
        try FileSystem.removeTree(staging)
    }

    /// Everything but the weights: configuration, vocabulary and language model, but not the index of shards that become
    /// one.
    private func copyDescriptions(from source: String, to destination: String) throws(ModelStoreError) {
        for name in FileSystem.names(in: source) {
            let isDescription =
                name.hasSuffix(".json") || name.hasSuffix(".txt") || name == WhisperModel.languageModelFile
            guard isDescription, name != "model.safetensors.index.json" else { continue }
            guard let bytes = try FileSystem.read("\(source)/\(name)", limit: 256 << 20) else { continue }
            try writeDescription(name, bytes, to: destination)
        }
    }

    private func writeDescriptions(_ description: ModelDescription, to destination: String) throws(ModelStoreError) {
        for (name, text) in description.files { try writeDescription(name, text, to: destination) }
    }

    /// Writes a file as it is, but notes the quantisation in `config.json` under `hearsay`.
    private func writeDescription(_ name: String, _ text: [UInt8], to destination: String) throws(ModelStoreError) {
        var text = text
        if name == "config.json", target == .int8, let config = try? JSONValue(parsing: text),
            var object = config.object
        {
            var ours = object["hearsay"]?.object ?? JSONObject()
            ours["quantization"] = .string(target.rawValue)
            object["hearsay"] = .object(ours)
            var writer = JSONWriter(style: .indented(2))
            writer.value(.object(object))
            text = writer.bytes
        }
        try FileSystem.write(text, to: "\(destination)/\(name)")
    }

    private func write(
        _ weights: any WeightSource, to path: String, _ progress: (Int, Int) -> Void, _ shouldStop: () -> Bool
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
        guard tensor.elementCount > 0 else { return false }
        switch tensor.type {
        // The folder's format has no such types.
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: return true
        case .f32, .f16, .bf16: break
        default: return false
        }
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
        try forEachBlock(of: tensor) { values, columns in
            switch target {
            case .f16:
                let halves = values.map { Float16($0) }
                try halves.withUnsafeBytes { try writer.append($0, to: tensor.name) }
            case .int8:
                let codes = Self.quantize(values, columns: columns).codes
                try codes.withUnsafeBytes { try writer.append($0, to: tensor.name) }
            }
        }
    }

    private func rowScales(_ tensor: WeightTensor) throws -> [Float] {
        var scales: [Float] = []
        try forEachBlock(of: tensor) { values, columns in
            scales += Self.quantize(values, columns: columns).scales
        }
        return scales
    }

    /// Calls `body` with some rows at a time as floats, and with the number of columns.
    private func forEachBlock(
        of tensor: WeightTensor, _ body: (UnsafeBufferPointer<Float>, _ columns: Int) throws -> Void
    ) throws {
        try tensor.verifyFinite()
        let columns = tensor.shape.last ?? 1
        let rows = tensor.elementCount / columns
        let rowsAtOnce = max(1, min(rows, Self.elementsAtOnce / columns))
        var values = [Float](repeating: 0, count: rowsAtOnce * columns)
        for first in stride(from: 0, to: rows, by: rowsAtOnce) {
            let count = min(rowsAtOnce, rows - first) * columns
            try values.withUnsafeMutableBufferPointer { values in
                let block = UnsafeMutableBufferPointer(rebasing: values[..<count])
                tensor.widen((first * columns)..<(first * columns + count), into: block)
                try body(UnsafeBufferPointer(block), columns)
            }
        }
    }

    /// What is held widened at a time: a megabyte.
    private static let elementsAtOnce = 1 << 18

    private static func quantize(
        _ values: UnsafeBufferPointer<Float>, columns: Int
    ) -> (codes: [Int8], scales: [Float]) {
        let rows = values.count / columns
        var codes = [Int8](repeating: 0, count: values.count)
        var scales = [Float](repeating: 0, count: rows)
        codes.withUnsafeMutableBufferPointer { codes in
            scales.withUnsafeMutableBufferPointer { scales in
                guard let from = values.baseAddress, let to = codes.baseAddress, let scales = scales.baseAddress else {
                    return
                }
                Reduction.quantizeRows(from, rows: rows, columns: columns, into: to, scales: scales)
            }
        }
        return (codes, scales)
    }
}
