import WeightFiles

/// Opens the input as a safetensors file and reads what it promises: the ends of each tensor, and every float.
@_cdecl("fuzzOneInput")
public func fuzzSafetensors(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let file = MappedFile(copying: UnsafeRawBufferPointer(start: start, count: count), name: "input")
    guard let model = try? SafetensorsFile(file: file) else { return 0 }
    consume(model)
    return 0
}
