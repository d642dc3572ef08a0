import Foundation
import Glibc
import StrictJSON
import TestSupport

/// A script of Tests/Fixtures that talks to the daemon with somebody else's client.
enum PythonClient {
    static let python: String? = {
        if let named = ProcessInfo.processInfo.environment["HEARSAY_PYTHON"] { return named }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Whether a package is installed.
    static func has(_ package: String) -> Bool { (try? output(["-c", "import \(package); print(1)"])) == "1\n" }

    /// Runs `client.py` of a folder; what it prints.
    static func run(
        _ folder: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> JSONValue {
        let script = RunningDaemon.root.appending(path: "Tests/Fixtures/\(folder)/client.py").path
        return try JSONValue(parsing: Array(try output([script] + arguments, environment).utf8))
    }

    static func output(_ arguments: [String], _ environment: [String: String] = [:]) throws -> String {
        let folder = try TemporaryFolder()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let output = open("\(folder.path)/output", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let errors = open("\(folder.path)/errors", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { for descriptor in [nothing, output, errors] { close(descriptor) } }
        let child = try Child(
            [python ?? "/nonexistent"] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }, input: nothing,
            output: output, errors: errors)
        guard child.wait() == .exit(0) else { throw RunningDaemon.Failure(reason: try folder.text("errors")) }
        return try folder.text("output")
    }
}
