import Foundation
import Glibc

/// The Python in which what others have written is installed: `HEARSAY_PYTHON`, or the first `python3`.
public enum PythonPeer {
    public static let python: String? = {
        if let named = ProcessInfo.processInfo.environment["HEARSAY_PYTHON"] { return named }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// A script that ended with an error, and what it wrote of that.
    public struct Failure: Error {
        public let errors: String
    }

    /// Whether all of these packages are installed; they are not imported.
    public static func has(_ packages: String...) -> Bool {
        let program =
            "import importlib.util, sys; print(all(importlib.util.find_spec(p) is not None for p in sys.argv[1:]))"
        return (try? run(["-c", program] + packages)) == "True\n"
    }

    /// Runs `arguments` in Python to the end; what it prints.
    @discardableResult
    public static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> String {
        let folder = try TemporaryFolder()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let output = open("\(folder.path)/output", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let errors = open("\(folder.path)/errors", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { for descriptor in [nothing, output, errors] { close(descriptor) } }
        var inherited = ProcessInfo.processInfo.environment
        inherited["PYTHONDONTWRITEBYTECODE"] = "1"
        let child = try Child(
            [python ?? "/nonexistent"] + arguments, environment: inherited.merging(environment) { $1 },
            input: nothing, output: output, errors: errors)
        guard child.wait() == .exit(0) else { throw Failure(errors: try folder.text("errors")) }
        return try folder.text("output")
    }
}
