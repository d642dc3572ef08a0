import StrictJSON

/// One measure to take.
struct Request {
    var measure: String
    /// Tokens that every sequence decodes after its prompt.
    var tokens = 100
    /// Sequences on one window.
    var beams = 1
    /// Windows decoded at once.
    var windows = 1
    /// Sound file of `file` and `front-end`.
    var path: String?
}

extension Request {
    init(line: String) throws {
        var line = line
        let value = try line.withUTF8 { try JSONValue(parsing: UnsafeRawBufferPointer($0)) }
        guard case .object(let object) = value, case .string(let measure)? = object["measure"] else {
            throw BenchError("a request is an object with \"measure\", not \(line)")
        }
        self.init(measure: measure)
        if case .string(let path)? = object["path"] { self.path = path }
        if case .integer(let count)? = object["tokens"] { tokens = Int(count) }
        if case .integer(let count)? = object["beams"] { beams = Int(count) }
        if case .integer(let count)? = object["windows"] { windows = Int(count) }
        guard tokens >= 1, beams >= 1, windows >= 1 else {
            throw BenchError("tokens, beams and windows are at least 1 in \(line)")
        }
    }
}
