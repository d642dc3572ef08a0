import Foundation
import Testing

@testable import Recognition

private struct Fixture: Decodable {
    struct Options: Decodable {
        var wordTimestamps: Bool
        var conditionOnPreviousText: Bool
        var initialPrompt: String?
        var carryInitialPrompt: Bool
        var clipTimestamps: [Double]
        var temperature: [Double]
        var compressionRatioThreshold: Double?
        var logprobThreshold: Double?
        var noSpeechThreshold: Double?
        var beamSize: Int?
        var bestOf: Int?
        var hallucinationSilenceThreshold: Double?

        var transcription: TranscriptionOptions {
            var options = TranscriptionOptions()
            options.wordTimestamps = wordTimestamps
            options.conditionOnPreviousText = conditionOnPreviousText
            options.initialPrompt = initialPrompt
            options.carryInitialPrompt = carryInitialPrompt
            options.clipTimestamps = clipTimestamps
            options.temperatures = temperature
            options.compressionRatioThreshold = compressionRatioThreshold
            options.logProbabilityThreshold = logprobThreshold
            options.noSpeechThreshold = noSpeechThreshold
            options.beamSize = beamSize
            options.bestOf = bestOf
            options.hallucinationSilenceThreshold = hallucinationSilenceThreshold
            return options
        }
    }

    struct Result: Decodable {
        var tokens: [Int]
        var avgLogprob: Double
        var noSpeechProb: Double
        var compressionRatio: Double

        var decoding: DecodingResult {
            DecodingResult(
                tokens: tokens, text: "", averageLogProbability: avgLogprob, noSpeechProbability: noSpeechProb,
                temperature: 0, compressionRatio: compressionRatio)
        }
    }

    struct Call: Decodable {
        var seek: Int
        var frames: Int
        var prompt: [Int]
        var temperature: Double
        var beamSize: Int?
        var bestOf: Int?
    }

    struct SegmentRow: Decodable {
        var id: Int
        var seek: Int
        var start: Double
        var end: Double
        var text: String
        var tokens: [Int]
        var temperature: Double
        var avgLogprob: Double
        var compressionRatio: Double
        var noSpeechProb: Double
        var words: [WordRow]?

        var segment: Segment {
            Segment(
                id: id, seek: seek, start: start, end: end, text: text, tokens: tokens, temperature: temperature,
                averageLogProbability: avgLogprob, compressionRatio: compressionRatio,
                noSpeechProbability: noSpeechProb, words: words?.map(\.word))
        }
    }

    struct WordRow: Decodable {
        var word: Word

        init(from decoder: any Decoder) throws {
            var fields = try decoder.unkeyedContainer()
            word = Word(
                text: try fields.decode(String.self), start: try fields.decode(Double.self),
                end: try fields.decode(Double.self), probability: try fields.decode(Double.self))
        }
    }

    struct Case: Decodable {
        var options: Options
        var frames: Int
        var script: [Result]
        var calls: [Call]
        var alignments: [[AlignedWord]]
        var text: String
        var segments: [SegmentRow]
    }

    var cases: [Case]
}

/// The reference's `transcribe()` was run on scripted decoding results and alignments; so is ours.
@Suite("Long form against the reference's transcribe()")
struct LongFormReferenceTests {
    private let fixture: Fixture

    init() throws {
        fixture = try DecodingFixture.load("transcribe.json")
    }

    @Test func everyCase() throws {
        #expect(fixture.cases.count > 40)
        for (index, item) in fixture.cases.enumerated() {
            try check(item, index)
        }
    }

    private func check(_ item: Fixture.Case, _ index: Int) throws {
        let vocabulary = ScriptedVocabulary()
        let recognizer = ScriptedRecognizer(alignments: item.alignments.map { $0.map(\.timing) }) { call, _ in
            call < item.script.count ? item.script[call].decoding : nil
        }
        let source = ScriptedMelSource(frames: item.frames)
        let options = item.options.transcription
        var reported: [Segment] = []
        var progress: [Double] = []
        var collector = TranscriptCollector {
            if case .segment(let segment) = $0 { reported.append(segment) }
            if case .progress(let seconds) = $0 { progress.append(seconds) }
        }
        let tokens = try SequentialTranscription(
            options: options, vocabulary: vocabulary, language: "en", recognizer: recognizer, source: source,
            windowFrames: 3000, textContext: 32
        ).run(collecting: &collector)

        let calls = recognizer.calls
        try #require(calls.count == item.calls.count, "case \(index)")
        for (call, expected) in zip(calls, item.calls) {
            #expect(call.window == SpeechWindow(seek: expected.seek, frames: expected.frames), "case \(index)")
            #expect(call.prompt == expected.prompt, "case \(index)")
            #expect(call.temperature == expected.temperature, "case \(index)")
            let decoding = options.decodingOptions(temperature: call.temperature, vocabulary: vocabulary)
            #expect(decoding.beamSize == expected.beamSize && decoding.bestOf == expected.bestOf)
        }
        #expect(collector.segments == item.segments.map(\.segment), "case \(index)")
        #expect(reported == collector.segments)
        #expect(vocabulary.decode(tokens) == item.text, "case \(index)")
        #expect(progress.count == recognizer.encodedBatches.count)
    }
}
