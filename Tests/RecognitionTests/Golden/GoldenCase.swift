import Foundation
import StrictJSON
import TestSupport
import Testing
import WeightFiles

extension GoldenCase {
    static let skipMessage: Comment = "no golden cases: set HEARSAY_GOLDEN to their folders"

    /// `expected.json`.
    func expectations() throws -> GoldenExpectations {
        let bytes = [UInt8](try read("expected.json"))
        return try GoldenExpectations(JSONValue(parsing: bytes))
    }

    /// One tensor of `expected.safetensors`, as floats.
    func tensor(_ name: String) throws -> (shape: [Int], values: [Float]) {
        let tensor = try #require(try SafetensorsFile(path: path("expected.safetensors"))[name])
        try #require(tensor.type == .f32)
        let values = (0..<tensor.elementCount).map { index in
            let bits = tensor.bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
            return Float(bitPattern: UInt32(littleEndian: bits))
        }
        return (tensor.shape, values)
    }
}

/// A case in one of the two forms that its model comes in.
struct GoldenModelCase: Sendable, Hashable, CustomTestStringConvertible {
    enum Form: String, Sendable, CaseIterable {
        case huggingFace = "model"
        case ggml = "model.ggml.bin"
    }

    let folder: URL
    let form: Form

    static let all = GoldenCase.all.flatMap { golden in
        Form.allCases.map { GoldenModelCase(folder: golden.folder, form: $0) }
            .filter { FileManager.default.fileExists(atPath: $0.modelPath) }
    }

    var golden: GoldenCase { GoldenCase(folder: folder) }
    var modelPath: String { folder.appending(path: form.rawValue).path }
    var testDescription: String { "\(folder.lastPathComponent)/\(form.rawValue)" }
}

/// A golden file that is not as its README says.
struct GoldenError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
