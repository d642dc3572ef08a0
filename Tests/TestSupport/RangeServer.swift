import Foundation
import Glibc

/// `Tests/Fixtures/range_server.py` as a child process, which ends with its standard input, however the test ends.
public final class RangeServer {
    /// Where python3 is; nil where it is not installed.
    public static let python: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    public struct Failure: Error {}

    /// Such as `http://127.0.0.1:40123`.
    public let address: String
    private let child: Child
    private let input: Int32

    /// Serves `folder`.
    public init(_ folder: String) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/range_server.py").path
        let input = DescriptorPipe()
        let output = DescriptorPipe()
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        child = try Child(
            [Self.python ?? "/nonexistent", script, folder], environment: ProcessInfo.processInfo.environment,
            input: input.reading, output: output.writing, errors: nowhere)
        for descriptor in [input.reading, output.writing, nowhere] { close(descriptor) }
        self.input = input.writing
        defer { close(output.reading) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while Glibc.read(output.reading, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        guard !line.isEmpty else { throw Failure() }
        address = "http://127.0.0.1:" + String(decoding: line, as: UTF8.self)
    }

    deinit {
        close(input)
        _ = child.wait()
    }

    /// The SHA-256 of a file by Python's `hashlib`, in hexadecimal digits.
    public static func sha256(_ path: String) throws -> String {
        let output = DescriptorPipe()
        let child = try Child(
            [
                python ?? "/nonexistent", "-c",
                "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())", path,
            ], environment: ProcessInfo.processInfo.environment, input: 0, output: output.writing, errors: 2)
        close(output.writing)
        let text = FileHandle(fileDescriptor: output.reading, closeOnDealloc: true).readDataToEndOfFile()
        _ = child.wait()
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
