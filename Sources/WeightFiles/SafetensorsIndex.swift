import StrictJSON

/// The weights of a model directory in Hugging Face's layout: `model.safetensors`, or the shards that
/// `model.safetensors.index.json` names.
///
/// Shards are plain file names in the directory itself, so that an index cannot reach outside it (the files may be
/// symbolic links, as in Hugging Face's cache).
public struct SafetensorsIndex: WeightSource {
    /// Most shards of a model.
    public static let maximumShards = 1024

    /// The directory.
    public let path: String
    public let names: [String]
    /// The files, in the order in which the index first names them.
    public let shards: [SafetensorsFile]
    /// The shard of each tensor.
    private let shardOf: [String: Int]

    /// Opens the model in `directory`. Throws `model.file.*` or `model.safetensors.*`.
    public init(directory: String) throws(WeightFileError) {
        let single = directory + "/model.safetensors"
        let index = single + ".index.json"
        if fileExists(single) || !fileExists(index) {
            self.init(file: try SafetensorsFile(path: single), directory: directory)
        } else {
            try self.init(index: MappedFile(path: index), directory: directory) { name throws(WeightFileError) in
                try SafetensorsFile(path: directory + "/" + name)
            }
        }
    }

    private init(file: SafetensorsFile, directory: String) {
        path = directory
        names = file.names
        shardOf = Dictionary(uniqueKeysWithValues: file.names.map { ($0, 0) })
        shards = [file]
    }

    /// Reads the index of the model in `directory`, which is only named in messages; `open` is asked for each shard by
    /// its plain file name. Throws `model.safetensors.index` and what `open` throws.
    public init(
        index: MappedFile, directory: String, opening open: (String) throws(WeightFileError) -> SafetensorsFile
    ) throws(WeightFileError) {
        let map = try WeightMap(index)
        var shards: [SafetensorsFile] = []
        for file in map.files { shards.append(try open(file)) }
        for tensor in map.tensors where shards[tensor.shard][tensor.name] == nil {
            throw WeightFileError(
                .safetensorsIndex, index.path, "the tensor \"\(tensor.name)\" is not in \(map.files[tensor.shard])")
        }
        path = directory
        names = map.tensors.map(\.name)
        shardOf = Dictionary(uniqueKeysWithValues: map.tensors.map { ($0.name, $0.shard) })
        self.shards = shards
    }

    public subscript(name: String) -> WeightTensor? {
        shardOf[name].flatMap { shards[$0][name] }
    }

    public func verifyUnchanged() throws(WeightFileError) {
        for shard in shards { try shard.verifyUnchanged() }
    }
}

/// `weight_map` of an index: the file of every tensor.
private struct WeightMap {
    var tensors: [(name: String, shard: Int)] = []
    var files: [String] = []
    private var seen: Set<String> = []
    private var shardOf: [String: Int] = [:]
    private let path: String

    init(_ file: MappedFile) throws(WeightFileError) {
        path = file.path
        do {
            try read(file.bytes)
        } catch let error as WeightFileError {
            throw error
        } catch {
            let cause = error as? JSONError
            throw WeightFileError(
                .safetensorsIndex, path, "the index is malformed", offset: cause?.offset, cause: cause)
        }
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
        var reader = JSONReader(bytes)
        var hasMap = false
        try reader.beginObject()
        while let key = try reader.nextMember() {
            guard key == "weight_map" else {
                try reader.skipValue()
                continue
            }
            guard !hasMap else { throw refused("weight_map stands twice", key.offset) }
            hasMap = true
            try reader.beginObject()
            while let name = try reader.nextMember() { try add(name, file: try reader.readString()) }
        }
        try reader.finish()
        guard hasMap else { throw refused("weight_map is missing", 0) }
    }

    private mutating func add(_ key: JSONString, file: JSONString) throws {
        guard key.raw.count <= 6 * SafetensorsFile.maximumNameLength, file.raw.count <= 255 else {
            throw refused("a name is too long", key.offset)
        }
        guard tensors.count < SafetensorsFile.maximumTensors else {
            throw refused("more than \(SafetensorsFile.maximumTensors) tensors", key.offset)
        }
        let name = String(key)
        guard seen.insert(name).inserted else { throw refused("the tensor \"\(name)\" stands twice", key.offset) }
        tensors.append((name, try shard(named: file)))
    }

    private mutating func shard(named file: JSONString) throws -> Int {
        let name = String(file)
        if let shard = shardOf[name] { return shard }
        guard name.hasSuffix(".safetensors"), !name.hasPrefix("."), !name.contains("/"), !name.utf8.contains(0) else {
            throw refused("\"\(name)\" is not the plain name of a .safetensors file in the same directory", file.offset)
        }
        guard files.count < SafetensorsIndex.maximumShards else {
            throw refused("more than \(SafetensorsIndex.maximumShards) files", file.offset)
        }
        files.append(name)
        shardOf[name] = files.count - 1
        return files.count - 1
    }

    private func refused(_ message: String, _ offset: Int) -> WeightFileError {
        WeightFileError(.safetensorsIndex, path, message, offset: offset)
    }
}
