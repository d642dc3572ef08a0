import Foundation
import Pipelines
import Recognition
import Testing

/// Case folders made by the reference: a model, a recording and what the reference makes of it.
struct GoldenCase: CustomTestStringConvertible {
    let folder: URL

    var testDescription: String { folder.lastPathComponent }

    /// The folders of HEARSAY_GOLDEN (colon-separated), or those of ../shared/golden beside the package.
    static let all: [GoldenCase] = {
        if let named = ProcessInfo.processInfo.environment["HEARSAY_GOLDEN"] {
            return named.split(separator: ":").map { GoldenCase(folder: URL(filePath: String($0))) }
        }
        let package = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let shared = package.deletingLastPathComponent().appending(path: "shared/golden")
        let found = try? FileManager.default.contentsOfDirectory(at: shared, includingPropertiesForKeys: nil)
        return (found ?? []).filter { path($0.appending(path: "expected.json")).map(exists) ?? false }
            .sorted { $0.path < $1.path }.map(GoldenCase.init)
    }()

    struct Expected: Decodable {
        struct Run: Decodable {
            struct Segment: Decodable, Equatable {
                var seek: Int
                var tokens: [Int]
            }
            var segments: [Segment]
        }
        var long_repeat: Int
        var long: Run
    }

    func expected() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(contentsOf: folder.appending(path: "expected.json")))
    }

    /// The recording `count` times end to end, written to `target` as a WAV file of 16-bit samples at 16 kHz.
    func repeated(_ count: Int, to target: URL) throws -> String {
        let clip = try Data(contentsOf: folder.appending(path: "audio.wav"))
        let header = 44
        let sound = clip.dropFirst(header)
        var file = Data(clip.prefix(header))
        withUnsafeBytes(of: UInt32(sound.count * count).littleEndian) { file.replaceSubrange(40..<44, with: $0) }
        for _ in 0..<count { file.append(sound) }
        try file.write(to: target)
        return target.path(percentEncoded: false)
    }
}

private func path(_ url: URL) -> String? { url.path(percentEncoded: false) }
private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

@Suite(.enabled(if: !GoldenCase.all.isEmpty, "no golden cases: set HEARSAY_GOLDEN"))
struct GoldenTranscriptionTests {
    /// From a file's bytes to the reference's tokens, the frames kept from the first pass.
    @Test(arguments: GoldenCase.all)
    func aFileGivesTheTokensOfTheReference(golden: GoldenCase) async throws {
        try await transcribe(golden, retainedSeconds: 1_200)
    }

    /// The same with the recording read a second time, as a long one is.
    @Test(arguments: GoldenCase.all.prefix(1))
    func twoPassesGiveTheTokensOfTheReference(golden: GoldenCase) async throws {
        try await transcribe(golden, retainedSeconds: 20)
    }

    private func transcribe(_ golden: GoldenCase, retainedSeconds: Double) async throws {
        let expected = try golden.expected()
        let folder = try TemporaryFolder()
        let path = try golden.repeated(expected.long_repeat, to: folder.url.appending(path: "long.wav"))
        let model = golden.folder.appending(path: "model").path(percentEncoded: false)
        var job = TranscriptionJob(.file(path: path), model: .path(model))
        job.retainedSeconds = retainedSeconds
        job.options.language = "en"
        job.options.temperatures = [0]
        job.options.compressionRatioThreshold = nil
        job.options.logProbabilityThreshold = nil
        job.options.noSpeechThreshold = nil
        var segments: [GoldenCase.Expected.Run.Segment] = []
        var transcript: Transcript?
        for try await event in job.events() {
            switch event {
            case .recognition(.segment(let segment)):
                segments.append(.init(seek: segment.seek, tokens: segment.tokens))
            case .finished(let result): transcript = result
            default: break
            }
        }
        #expect(segments == expected.long.segments)
        #expect(transcript?.segments.count == segments.count)
        #expect(transcript?.duration == Double(expected.long_repeat) * 11)
    }
}
