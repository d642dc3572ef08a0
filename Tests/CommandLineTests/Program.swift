import Foundation
import Glibc
import TestSupport
import Testing

/// The built program, run as users run it.
enum Program {
    static let path = BuiltProgram.path

    /// The root of the package.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct Result {
        var end: Child.End
        var output: String
        var errors: String

        /// The exit status; −1 after a signal.
        var status: Int32 { if case .exit(let status) = end { status } else { -1 } }
    }

    /// Starts the program with a data folder of its own and its standard error in the file `errors` there.
    static func start(
        _ arguments: [String], input: Int32? = nil, output: Int32, errors: String = "errors",
        in folder: TemporaryFolder,
        environment extra: [String: String] = [:]
    ) throws -> Child {
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let errorFile = create(folder.url(errors).path)
        defer { for descriptor in [nothing, errorFile] { close(descriptor) } }
        let environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path,
            "XDG_DATA_HOME": folder.path,
        ].merging(extra) { $1 }
        return try Child(
            [path ?? "/nonexistent"] + arguments, environment: environment, input: input ?? nothing, output: output,
            errors: errorFile)
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], input: Data? = nil, in folder: TemporaryFolder, environment: [String: String] = [:]
    ) throws -> Result {
        let name = UUID().uuidString
        let output = create(folder.url("\(name).out").path)
        defer { close(output) }
        var source: Int32?
        if let input {
            source = open(try folder.write("\(name).in", input), O_RDONLY | O_CLOEXEC)
        }
        defer { if let source { close(source) } }
        let child = try start(
            arguments, input: source, output: output, errors: "\(name).err", in: folder,
            environment: environment)
        let end = child.wait()
        return Result(end: end, output: try folder.text("\(name).out"), errors: try folder.text("\(name).err"))
    }

    private static func create(_ path: String) -> Int32 {
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    }
}

extension GoldenCase {
    func expected(_ key: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: read("expected.json")) as? [String: Any]
        return object?[key] as? [String: Any] ?? [:]
    }

    static let isPresent = Program.path != nil && !all.isEmpty
}
