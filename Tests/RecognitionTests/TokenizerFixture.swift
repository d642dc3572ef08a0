import Foundation
import StrictJSON
import TestSupport
import Testing

@testable import Recognition

/// Small vocabularies and what the reference, tiktoken and Hugging Face's tokenizers say about them
/// (`Tests/Fixtures/tokenizer/generate.py`).
enum TokenizerFixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/tokenizer").path

    /// `tokenizer.json` whose ids are the ranks of the merges.
    static func ranked() throws -> Tokenizer { try .load(directory: folder + "/ranked") }
    /// `tokenizer.json` whose ids say nothing.
    static func listed() throws -> Tokenizer { try .load(directory: folder + "/listed") }

    static func expected() throws -> JSONValue {
        try JSONValue(parsing: try bytes("expected.json"))
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: folder + "/" + name)))
    }

    static func text(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }

    /// Loads a tokenizer from files written to a folder of its own.
    static func load(_ files: [String: String]) throws -> Tokenizer {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(name, text.utf8) }
        return try Tokenizer.load(directory: folder.path)
    }
}

extension JSONValue {
    /// The value of a member that the fixture has.
    func member(_ key: String) throws -> JSONValue { try #require(self[key]) }

    var elements: [JSONValue] { array ?? [] }

    var integers: [Int] { elements.compactMap(\.integer) }

    var strings: [String] { elements.compactMap(\.string) }
}

/// Swift's strings count canonically equivalent texts as equal; these tests must not.
func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }
