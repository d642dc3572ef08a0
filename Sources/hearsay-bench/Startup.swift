import StrictJSON

/// From the start of a process to its first token.
enum Startup {
    static func run(_ arguments: Arguments) throws -> Answer {
        throw BenchError("no model yet")
    }
}
