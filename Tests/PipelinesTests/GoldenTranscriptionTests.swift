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
        try await transcribe(golden, .automatic, retainedSeconds: 1_200)
    }

    /// The same with the recording read a second time, as a long one is.
    @Test(arguments: GoldenCase.all.prefix(1))
    func twoPassesGiveTheTokensOfTheReference(golden: GoldenCase) async throws {
        try await transcribe(golden, .wholeRecording, retainedSeconds: 20)
    }

    /// A job that goes on in another run, whichever window it was stopped after, ends in the same transcript.
    @Test(arguments: GoldenCase.all, [1, 2])
    func anInterruptedJobEndsAsAnUninterruptedOne(golden: GoldenCase, batchSize: Int) throws {
        // One that is kept in memory and one that is too long for it.
        for retainedSeconds in [600.0, 10] {
            try interrupt(golden, batchSize: batchSize, retainedSeconds: retainedSeconds)
        }
    }

    private func interrupt(_ golden: GoldenCase, batchSize: Int, retainedSeconds: Double) throws {
        let folder = try TemporaryFolder()
        let sound = Data(repeatElement(try golden.sound(), count: 8).joined())
        let path = try folder.write("long.wav", WAV.file(sound))
        var job = TranscriptionJob(.file(path: path), model: .opened(try .open(golden.model)))
        job.retainedSeconds = retainedSeconds
        job.options.temperatures = [0, 0.4, 0.8]
        job.options.logProbabilityThreshold = -1.3
        job.options.noSpeechThreshold = nil
        job.options.bestOf = 2
        job.options.sampleLength = 24
        job.options.initialPrompt = "Speeches"
        job.options.wordTimestamps = true
        job.options.batchSize = batchSize
        var checkpoints: [TranscriptionCheckpoint] = []
        var segments: [Segment] = []
        let whole = try job.transcribe { event in
            if case .recognition(.segment(let segment)) = event { segments.append(segment) }
            if case .recognition(.checkpoint(let cursor)) = event {
                checkpoints.append(TranscriptionCheckpoint(cursor: cursor, segments: segments))
            }
        }
        #expect(checkpoints.count > 1)
        #expect(whole.segments.count > 1)
        for checkpoint in checkpoints {
            // As it comes back from a file.
            let stored = try JSONDecoder().decode(
                TranscriptionCursor.self, from: JSONEncoder().encode(checkpoint.cursor))
            #expect(stored == checkpoint.cursor)
            job.checkpoint = checkpoint
            var repeated = checkpoint.segments
            let resumed = try job.transcribe { event in
                if case .recognition(.segment(let segment)) = event { repeated.append(segment) }
            }
            #expect(resumed == whole)
            #expect(repeated == whole.segments)
        }
    }

    @Test func optionsSurviveBeingStored() throws {
        var options = TranscriptionOptions()
        options.noSpeechThreshold = nil
        options.bestOf = 3
        options.initialPrompt = "Ünïcode \0 \u{1F600}"
        options.suppressTokens = []
        options.temperatures = [0, 0.1 + 0.2]
        let stored = try JSONEncoder().encode(options)
        #expect(try JSONDecoder().decode(TranscriptionOptions.self, from: stored) == options)
        // Values stored before an option existed.
        #expect(try JSONDecoder().decode(TranscriptionOptions.self, from: Data("{}".utf8)) == TranscriptionOptions())
        // Every option has a name of its own: whatever differs from the default is seen.
        let names = try #require(JSONSerialization.jsonObject(with: stored) as? [String: Any])
        #expect(names.count == Mirror(reflecting: options).children.count)
    }

    private func transcribe(
        _ golden: GoldenCase, _ normalization: MelNormalization, retainedSeconds: Double
    ) async throws {
        let expected = try golden.expected()
        let folder = try TemporaryFolder()
        let sound = Data(repeatElement(try golden.sound(), count: expected.long_repeat).joined())
        let path = try folder.write("long.wav", WAV.file(sound))
        var job = TranscriptionJob(.file(path: path), model: .path(golden.model))
        job.retainedSeconds = retainedSeconds
        job.normalization = normalization
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
