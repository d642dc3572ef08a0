import Foundation
import Pipelines
import Recognition
import TestSupport
import Testing

extension GoldenCase {
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
        try JSONDecoder().decode(Expected.self, from: read("expected.json"))
    }
}

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
        let sound = Data(repeatElement(try golden.sound(), count: expected.long_repeat).joined())
        let path = try folder.write("long.wav", WAV.file(sound))
        var job = TranscriptionJob(.file(path: path), model: .path(golden.model))
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
        #expect(transcript?.duration == WAV.seconds(bytes: sound.count))
    }
}
