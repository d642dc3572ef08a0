import Foundation
import Spectral
import Testing
import WeightFiles

/// Log-mel spectrograms against the tensors that OpenAI's implementation made of the golden clips.
@Suite struct GoldenLogMelTests {
    /// Case folders of HEARSAY_GOLDEN (colon-separated), or those of ../shared/golden beside the package.
    static let cases: [URL] = {
        if let named = ProcessInfo.processInfo.environment["HEARSAY_GOLDEN"] {
            return named.split(separator: ":").map { URL(filePath: String($0)) }
        }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = package.appending(path: "../shared/golden").standardizedFileURL
        let entries = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return entries.filter { FileManager.default.fileExists(atPath: $0.appending(path: "expected.json").path) }
    }()

    @Test(.enabled(if: !cases.isEmpty, "no golden cases: set HEARSAY_GOLDEN"), arguments: cases)
    func equalsOpenAI(folder: URL) throws {
        let tensor = try #require(try SafetensorsFile(path: folder.appending(path: "expected.safetensors").path)["mel"])
        let (expected, bins) = (Data(tensor.bytes).floats, tensor.shape[0])
        let samples = try Self.samples(folder.appending(path: "audio.wav"))
        let window = Array(samples.prefix(480_000))
        let mel = window.withUnsafeBufferPointer {
            LogMelSpectrogram(melBins: bins)($0, padding: 480_000 - window.count)
        }
        try #require(mel.frames == 3000)
        var transposed = [Float](repeating: 0, count: bins * 3000)
        for frame in 0..<3000 {
            for bin in 0..<bins { transposed[bin * 3000 + frame] = mel.values[frame * bins + bin] }
        }
        #expect(distance(transposed, expected) < 1e-4)
    }

    /// 16 kHz mono PCM16, as all golden clips are: whatever follows the `data` chunk's header.
    static func samples(_ file: URL) throws -> [Float] {
        let data = try Data(contentsOf: file)
        let start = try #require(data.range(of: Data("data".utf8))).upperBound + 4
        return stride(from: start, to: data.count - 1, by: 2).map {
            Float(Int16(bitPattern: UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8)) / 32_768
        }
    }
}
