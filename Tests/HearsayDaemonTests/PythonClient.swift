import Foundation
import StrictJSON
import TestSupport

/// A script of Tests/Fixtures that talks to the daemon with somebody else's client.
enum PythonClient {
    static var python: String? { PythonPeer.python }

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
        try PythonPeer.run(arguments, environment: environment)
    }
}
