import Foundation
import TestSupport

@testable import ModelStore

/// A local stand-in for the hub, with files to download.
final class HubServer {
    let folder: TemporaryFolder
    private let server: RangeServer

    init() throws {
        folder = try TemporaryFolder()
        server = try RangeServer(folder.path)
    }

    /// Address of the hub with a behaviour; see the script.
    func address(_ mode: String) -> String { "\(server.address)/\(mode)" }

    /// Lines `path range status` of all requests up to now.
    func requests() throws -> [String] {
        var text: [UInt8] = []
        _ = try HTTPClient().get(
            address("requests"), onBody: { _, bytes in text.append(contentsOf: bytes) }, shouldStop: { false })
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
