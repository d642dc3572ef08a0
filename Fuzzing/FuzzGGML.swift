import WeightFiles

/// Opens the input as a whisper.cpp model.
///
/// The mel filters, 64 KiB in which nothing but NaN matters, are left out of the input and put in here, so that
/// mutations meet fields.
@_cdecl("fuzzOneInput")
public func fuzzGGML(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    let file = MappedFile(copying: withFilters(input), name: "input")
    guard let model = try? GGMLFile(file: file) else { return 0 }
    consume(model)
    var total = 0
    for index in 0..<model.vocabulary.count {
        for byte in model.vocabulary[index] { total &+= Int(byte) }
    }
    precondition(total >= 0)
    return 0
}

private let fieldsBeforeFilters = 56

private func withFilters(_ input: UnsafeRawBufferPointer) -> [UInt8] {
    guard input.count >= fieldsBeforeFilters else { return Array(input) }
    let bins = input.loadUnaligned(fromByteOffset: 48, as: Int32.self)
    let width = input.loadUnaligned(fromByteOffset: 52, as: Int32.self)
    guard bins == 80 || bins == 128, width == 201 else { return Array(input) }
    return input[..<fieldsBeforeFilters] + [UInt8](repeating: 0, count: Int(bins * width) * 4)
        + input[fieldsBeforeFilters...]
}
