public import Foundation

/// A temporary folder that goes when the value does.
public final class TemporaryFolder {
    public let path: String

    public init() throws {
        path = NSTemporaryDirectory() + "hearsay-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    public func url(_ name: String) -> URL { URL(fileURLWithPath: "\(path)/\(name)") }
    public func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
    public func read(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }
    public func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

    public func names(_ subfolder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(subfolder)").sorted()
    }

    /// Writes a file by renaming, over one that may be there, making the folders above it; returns its path.
    @discardableResult
    public func write(_ name: String, _ content: some Sequence<UInt8>) throws -> String {
        let url = url(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(content).write(to: url, options: .atomic)
        return url.path
    }
}
