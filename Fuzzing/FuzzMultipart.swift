/// Reads the input as a form, its first line naming the boundary: whole and in two pieces, which must come to the same.
@_cdecl("fuzzOneInput")
public func fuzzMultipart(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = Array(UnsafeRawBufferPointer(start: start, count: count))
    let line = input.prefix { $0 != 10 }
    let type = String(decoding: line, as: UTF8.self)
    let body = Array(input.dropFirst(line.count + 1))
    let whole = parts(of: [body], type: type)
    let half = parts(of: [Array(body[..<(body.count / 2)]), Array(body[(body.count / 2)...])], type: type)
    guard whole == half else { fatalError("pieces are read differently from the whole") }
    return 0
}

private struct Part: Equatable {
    let name: String
    let fileName: String?
    var content: [UInt8] = []
    var isEnded = false
}

/// The parts; nil for what is no form.
private func parts(of pieces: [[UInt8]], type: String) -> [Part]? {
    do {
        var parser = try MultipartParser(contentType: type)
        var parts: [Part] = []
        for piece in pieces {
            parser.append(piece)
            while let event = try parser.next() {
                switch event {
                case .part(let name, let fileName): parts.append(Part(name: name, fileName: fileName))
                case .content(let bytes): parts[parts.count - 1].content += bytes
                case .partEnd: parts[parts.count - 1].isEnded = true
                }
            }
        }
        try parser.finish()
        guard parts.allSatisfy(\.isEnded) else { fatalError("a part does not end") }
        return parts
    } catch {
        return nil
    }
}
