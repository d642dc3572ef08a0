public import Foundation

/// A folder of inputs and the reference implementation's results for them; `README.md` beside the default folders says
/// what each file holds.
public struct GoldenCase: Sendable, Hashable, CustomStringConvertible {
    public let folder: URL

    public init(folder: URL) {
        self.folder = folder
    }

    /// The case folders named by HEARSAY_GOLDEN (colon-separated), else those of ../shared/golden beside the package.
    public static let all: [GoldenCase] = {
        if let named = ProcessInfo.processInfo.environment["HEARSAY_GOLDEN"] {
            return named.split(separator: ":").map { GoldenCase(folder: URL(filePath: String($0))) }
        }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let parent = package.appending(path: "../shared/golden").standardizedFileURL
        let found = try? FileManager.default.contentsOfDirectory(at: parent, includingPropertiesForKeys: nil)
        return (found ?? []).map(GoldenCase.init).filter { $0.has("expected.json") }.sorted { $0.name < $1.name }
    }()

    /// The cases whose model comes in both forms.
    public static let withBothForms = all.filter { $0.has("model/model.safetensors") && $0.has("model.ggml.bin") }

    public var name: String { folder.lastPathComponent }
    public var description: String { name }

    /// A model folder as Hugging Face's library writes it.
    public var model: String { path("model") }
    /// The same model as a file of whisper.cpp's.
    public var ggml: String { path("model.ggml.bin") }
    /// A recording of 16-bit samples at 16 kHz, one channel.
    public var audio: String { path("audio.wav") }

    public func path(_ file: String) -> String { folder.appending(path: file).path }
    public func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path(file)) }
    public func read(_ file: String) throws -> Data { try Data(contentsOf: folder.appending(path: file)) }

    /// The recording's samples as they lie in the file.
    public func sound() throws -> Data {
        guard let sound = WAV.sound(of: try read("audio.wav")) else { throw WAV.NoSound(path: audio) }
        return sound
    }

    /// The recording's samples, full scale ±1.
    public func samples() throws -> [Float] {
        let bytes = [UInt8](try sound())
        return stride(from: 0, to: bytes.count - 1, by: 2).map {
            Float(Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)) / 32_768
        }
    }
}
