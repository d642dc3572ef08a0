import Foundation

/// A C file of Tests/Fixtures as a library that can be preloaded into a program.
public enum PreloadedLibrary {
    /// Its path; nil without a C compiler.
    public static func build(_ fixture: String) -> String? {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures")
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let compilers = folders.flatMap { folder in ["cc", "clang"].map { "\(folder)/\($0)" } }
        guard let compiler = compilers.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return nil
        }
        let name = fixture.split(separator: "/").joined(separator: "-")
        let library = NSTemporaryDirectory() + "hearsay-\(name)-\(getpid()).so"
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nowhere) }
        let child = try? Child(
            [
                compiler, "-shared", "-fPIC", "-O1", "-o", library, fixtures.appending(path: fixture).path, "-ldl",
            ], environment: ProcessInfo.processInfo.environment, input: nowhere, output: nowhere, errors: nowhere)
        return child?.wait() == .exit(0) ? library : nil
    }
}
