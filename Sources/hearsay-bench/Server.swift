import Glibc
import StrictJSON

/// Answers requests, one JSON line each, until standard input ends, so that measures of several engines can take turns.
struct Server {
    private let bench: Bench

    init(_ arguments: Arguments) throws {
        bench = Bench(arguments)
        _ = try bench.answer(Request(measure: "log-mel"))
        _ = try bench.answer(Request(measure: "encoder"))
    }

    func run() throws {
        say([("ready", .bool(true))])
        while let line = readLine() {
            do {
                say(try bench.answer(Request(line: line)))
            } catch {
                say([("error", .string("\(error)"))])
            }
        }
    }

    private func say(_ answer: Answer) {
        write(json(answer) + "\n", to: STDOUT_FILENO)
    }
}
