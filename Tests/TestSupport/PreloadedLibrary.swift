import Foundation

/// A C file of Tests/Fixtures as a library that can be preloaded into a program.
public enum PreloadedLibrary {
    /// Its path; nil without a C compiler.
    public static func build(_ fixture: String) -> String? {
        CompiledFixture.build(fixture, ending: ".so", ["-shared", "-fPIC", "-ldl"])
    }
}

/// A C file of Tests/Fixtures as a program.
public enum CompiledFixture {
    /// Its path; nil without a C compiler.
    ///
    /// - Parameter headers: folders of the package in which headers are looked for.
    public static func program(_ fixture: String, headers: [String] = []) -> String? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return build(fixture, ending: "", headers.map { "-I" + root.appending(path: $0).path })
    }

    fileprivate static func build(_ fixture: String, ending: String, _ options: [String]) -> String? {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures")
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let compilers = folders.flatMap { folder in ["cc", "clang"].map { "\(folder)/\($0)" } }
        guard let compiler = compilers.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return nil
        }
        let name = fixture.split(separator: "/").joined(separator: "-")
        let result = NSTemporaryDirectory() + "hearsay-\(name)-\(getpid())\(ending)"
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nowhere) }
        let child = try? Child(
            [compiler, "-O1", "-o", result, fixtures.appending(path: fixture).path] + options,
            environment: ProcessInfo.processInfo.environment, input: nowhere, output: nowhere, errors: nowhere)
        return child?.wait() == .exit(0) ? result : nil
    }
}
