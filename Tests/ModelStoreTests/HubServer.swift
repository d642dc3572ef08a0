import Foundation

@testable import ModelStore

/// A temporary folder that goes when the value does.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hearsay-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ content: Data) throws -> String {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try content.write(to: URL(fileURLWithPath: file))
        return file
    }

    func read(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")) }
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
}

/// `Tests/Fixtures/range_server.py` as a child process.
final class HubServer {
    static let python: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    let folder: TemporaryFolder
    let port: Int
    /// The server ends when this is closed, however the test ends.
    private let input = Pipe()

    init() throws {
        folder = try TemporaryFolder()
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.python ?? "/nonexistent")
        process.arguments = [tests.appendingPathComponent("Fixtures/range_server.py").path, folder.path]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw ServerFailure() }
            line.append(byte)
        }
        guard let port = Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        else {
            throw ServerFailure()
        }
        self.port = port
    }

    struct ServerFailure: Error {}

    deinit { try? input.fileHandleForWriting.close() }

    /// Address of the hub with a behaviour; see the script.
    func address(_ mode: String) -> String { "http://127.0.0.1:\(port)/\(mode)" }

    /// Lines `path range status` of all requests up to now.
    func requests() throws -> [String] {
        var text: [UInt8] = []
        _ = try HTTPClient().get(
            "http://127.0.0.1:\(port)/requests", onBody: { _, bytes in text.append(contentsOf: bytes) },
            shouldStop: { false })
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Puts a small stand-in for a model into the folder; its weights are `weights`.
    func publish(_ repository: String, weights: Data, leavingOut omitted: Set<String> = []) throws {
        let files: [String: Data] = [
            "config.json": Data(#"{"model_type": "whisper"}"#.utf8), "tokenizer.json": Data("{}".utf8),
            "generation_config.json": Data("{}".utf8), "model.safetensors": weights,
        ]
        for (name, content) in files where !omitted.contains(name) {
            try folder.write("\(repository)/resolve/main/\(name)", content)
        }
    }
}
