import Foundation
import StrictJSON
import Testing
import WeightFiles

/// A folder of inputs and the reference implementation's results for them; `README.md` beside the default folders says
/// what each file holds.
struct GoldenCase: Sendable {
    let folder: URL

    /// Case folders named by HEARSAY_GOLDEN (colon-separated), or all of ../shared/golden beside the package.
    static let all: [GoldenCase] = {
        if let named = ProcessInfo.processInfo.environment["HEARSAY_GOLDEN"] {
            return named.split(separator: ":").map { GoldenCase(folder: URL(filePath: String($0))) }
        }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = package.appending(path: "../shared/golden").standardizedFileURL
        let entries = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return entries.map(GoldenCase.init)
            .filter { FileManager.default.fileExists(atPath: $0.path("expected.json")) }
            .sorted { $0.name < $1.name }
    }()

    static let skipMessage: Comment = "no golden cases: set HEARSAY_GOLDEN to their folders"

    var name: String { folder.lastPathComponent }

    func path(_ file: String) -> String { folder.appending(path: file).path }

    /// `expected.json`.
    func expectations() throws -> GoldenExpectations {
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "expected.json")))
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

    /// `audio.wav`: 16 kHz mono PCM16, full scale ±1.
    func samples() throws -> [Float] {
        let data = [UInt8](try Data(contentsOf: folder.appending(path: "audio.wav")))
        // RIFF header, then chunks: name, little-endian size, contents padded to even size.
        var position = 12
        while position + 8 <= data.count {
            let size = (0..<4).reduce(0) { $0 | Int(data[position + 4 + $1]) << (8 * $1) }
            let contents = position + 8
            if data[position..<(position + 4)].elementsEqual("data".utf8) {
                return stride(from: contents, to: min(contents + size, data.count) - 1, by: 2).map {
                    Float(Int16(bitPattern: UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8)) / 32_768
                }
            }
            position = contents + size + size % 2
        }
        throw GoldenError("\(path("audio.wav")) has no data chunk")
    }
}

extension GoldenCase: CustomTestStringConvertible {
    var testDescription: String { name }
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
