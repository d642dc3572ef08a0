// Compiled together with the model's own files, since its configuration is internal to Recognition.

/// Reads the input as `config.json` and, behind a NUL, `generation_config.json`.
@_cdecl("fuzzOneInput")
public func fuzzConfiguration(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let parts = files(in: UnsafeRawBufferPointer(start: start, count: count), most: 2)
    guard
        let configuration = try? ModelConfiguration(
            config: parts[0], generation: parts.count > 1 ? parts[1] : nil, directory: "input")
    else { return 0 }
    let dimensions = configuration.dimensions
    precondition(dimensions.audioState.isMultiple(of: dimensions.audioHeads))
    for head in configuration.alignmentHeads + AlignmentHead.standard(for: dimensions) {
        precondition((0..<dimensions.textLayers).contains(head.layer))
        precondition((0..<dimensions.textHeads).contains(head.head))
    }
    return 0
}
