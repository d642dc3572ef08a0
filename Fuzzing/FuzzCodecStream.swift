// Compiled together with the codec's own files, so that nothing else of it is needed.

/// Reads the input as a code stream; what is accepted is written again as it was.
@_cdecl("fuzzOneInput")
public func fuzzCodecStream(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let stream = try? CodecStreamFile(parsing: input) else { return 0 }
    precondition(stream.bytes().elementsEqual(input))
    precondition(stream.codes.codes.allSatisfy { Int($0) < stream.codesPerStage })
    return 0
}
