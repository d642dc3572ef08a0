/// The command line: a command, then `--name value` pairs.
struct Arguments {
    let command: String
    private let values: [String: String]

    init(_ arguments: [String]) throws(BenchError) {
        guard arguments.count > 1 else { throw BenchError("no command\n\(HearsayBench.usage)") }
        command = arguments[1]
        var values: [String: String] = [:]
        var index = 2
        while index < arguments.count {
            guard arguments[index].hasPrefix("--"), index + 1 < arguments.count else {
                throw BenchError("unexpected argument '\(arguments[index])'\n\(HearsayBench.usage)")
            }
            values[String(arguments[index].dropFirst(2))] = arguments[index + 1]
            index += 2
        }
        self.values = values
    }

    var threads: Int { integer("threads") ?? 1 }
    var rounds: Int { integer("rounds") ?? 1 }

    func audio() throws(BenchError) -> String { try required("audio") }
    func model() throws(BenchError) -> String { try required("model") }

    /// The same request that `serve` reads from standard input.
    var request: Request {
        Request(
            measure: command, tokens: integer("tokens") ?? 100, beams: integer("beams") ?? 1,
            windows: integer("windows") ?? 1, path: values["audio"])
    }

    func integer(_ name: String, or usual: Int) -> Int { integer(name) ?? usual }

    func text(_ name: String) -> String? { values[name] }

    func number(_ name: String) throws(BenchError) -> Double? {
        guard let text = values[name] else { return nil }
        guard let number = Double(text) else { throw BenchError("--\(name) is a number, not '\(text)'") }
        return number
    }

    func socket() throws(BenchError) -> String { try required("socket") }

    func process() throws(BenchError) -> Int {
        guard let number = integer("process") else { throw BenchError("'\(command)' needs --process") }
        return number
    }

    private func integer(_ name: String) -> Int? {
        values[name].flatMap { Int($0) }
    }

    private func required(_ name: String) throws(BenchError) -> String {
        guard let value = values[name] else { throw BenchError("'\(command)' needs --\(name)") }
        return value
    }
}
