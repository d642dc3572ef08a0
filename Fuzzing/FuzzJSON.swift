import StrictJSON

/// Parses the input as JSON; what parses must read back equal after it was written in any style, and the pull parser
/// must agree on whether it is JSON.
@_cdecl("fuzzOneInput")
public func fuzzJSON(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let value = try? JSONValue(parsing: input) else { return 0 }
    var reader = JSONReader(input)
    do {
        try reader.skipValue()
        try reader.finish()
    } catch {
        fatalError("the tree was built of what the reader refuses: \(error)")
    }
    for style in [JSONWriter.Style.compact, .spaced, .indented(1)] {
        var writer = JSONWriter(style: style)
        writer.value(value)
        guard let again = try? JSONValue(parsing: writer.bytes), again == value else {
            fatalError("written JSON reads back differently")
        }
    }
    return 0
}
