import Foundation
import Spectral
import Testing

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
        let (expected, bins) = try Self.melTensor(folder.appending(path: "expected.safetensors"))
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

    /// The tensor `mel`, [bins, 3000].
    static func melTensor(_ file: URL) throws -> ([Float], Int) {
        let data = try Data(contentsOf: file)
        let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let header = try JSONSerialization.jsonObject(with: data[8..<(8 + length)]) as? [String: Any]
        let mel = try #require(header?["mel"] as? [String: Any])
        let shape = try #require(mel["shape"] as? [Int])
        let offsets = try #require(mel["data_offsets"] as? [Int])
        return (data[(8 + length + offsets[0])..<(8 + length + offsets[1])].floats, shape[0])
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
