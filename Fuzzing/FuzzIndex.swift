import WeightFiles

/// Opens the input as `model.safetensors.index.json`, whatever shards it names: up to the first NUL it is the index,
/// and what follows is the contents of every shard.
@_cdecl("fuzzOneInput")
public func fuzzIndex(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let parts = files(in: UnsafeRawBufferPointer(start: start, count: count), most: 2)
    let shard = MappedFile(copying: parts.count > 1 ? parts[1] : [], name: "shard")
    let model = try? SafetensorsIndex(index: MappedFile(copying: parts[0], name: "input"), directory: "folder") {
        name throws(WeightFileError) in
        precondition(!name.contains("/") && name.hasSuffix(".safetensors"), "a shard outside the folder")
        return try SafetensorsFile(file: shard)
    }
    if let model { consume(model) }
    return 0
}
