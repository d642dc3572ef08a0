import Foundation
import TestSupport
import Testing

@testable import Recognition

/// What the reference lacks, on the engine with a golden model's weights.
@Suite(.enabled(if: !GoldenModelCase.all.isEmpty, GoldenCase.skipMessage))
struct LongFormGoldenTests {
    private static let models = GoldenModelCase.all.filter { $0.form == .huggingFace }.prefix(1)

    /// A window's result must not depend on the windows that it is decoded with, fallback and words included.
    @Test(arguments: models, [nil, 3]) func batchesAgree(golden: GoldenModelCase, beamSize: Int?) throws {
        let model = try WhisperModel.open(golden.modelPath)
        let clip = try golden.golden.samples()
        let source = SpectrogramSource((0..<6).flatMap { _ in clip }, melBins: model.dimensions.melBins)
        var options = TranscriptionOptions()
        options.language = "en"
        options.temperatures = [0, 0.3]
        options.logProbabilityThreshold = -1.3
        options.noSpeechThreshold = nil
        options.wordTimestamps = true
        options.beamSize = beamSize
        options.sampleLength = 24
        let transcripts = try [2, 3].map { batchSize in
            options.batchSize = batchSize
            return try Transcriber(model: model, threads: 1).transcribe(source, options: options)
        }
        #expect(GoldenDifferences.between(transcripts[0], transcripts[1]) == [])
        #expect(Set(transcripts[0].segments.map(\.seek)).count == 3)
        #expect(abs(transcripts[0].duration - Double(6 * clip.count) / 16_000) < 0.02)
    }

    @Test(arguments: GoldenCase.all) func optionsAreHeldAgainstTheVocabulary(golden: GoldenCase) throws {
        let model = try WhisperModel.open(golden.model)
        let transcriber = try Transcriber(model: model, threads: 1)
        func code(_ change: (inout TranscriptionOptions) -> Void) -> RecognitionError.Code? {
            var options = TranscriptionOptions()
            change(&options)
            do throws(RecognitionError) {
                try transcriber.validate(options)
                return nil
            } catch {
                return error.code
            }
        }
        let known = model.tokenizer.special.languages.map(\.code)
        for language in ["en", "yue"] {
            let isFine = !model.tokenizer.isMultilingual || known.contains(language)
            #expect(code { $0.language = language } == (isFine ? nil : .languageUnsupported), "\(language)")
        }
        #expect(code { $0.language = "no such" } == (model.tokenizer.isMultilingual ? .languageUnsupported : nil))
        #expect(code { _ in } == nil)
        #expect(code { $0.clipTimestamps = [-1] } == .optionInvalid)
        #expect(code { $0.temperatures = [0, -1] } == .optionInvalid)
    }

    /// Windows of models that say so are encoded as long as they are.
    @Test(arguments: models) func windowsOfAnyLength(golden: GoldenModelCase) throws {
        let folder = try TemporaryFolder()
        let original = URL(filePath: golden.modelPath)
        for file in try FileManager.default.contentsOfDirectory(atPath: original.path) where file != "config.json" {
            try FileManager.default.createSymbolicLink(
                at: folder.url(file), withDestinationURL: original.appending(path: file))
        }
        let config = try String(contentsOf: original.appending(path: "config.json"), encoding: .utf8)
        let end = try #require(config.lastIndex(of: "}"))
        try folder.write("config.json", (config[..<end] + ", \"hearsay\": {\"variable_length\": true}}").utf8)

        let model = try WhisperModel.open(folder.path)
        let source = SpectrogramSource(
            try golden.golden.samples().prefix(80_123), melBins: model.dimensions.melBins)
        let context = try InferenceContext(threads: 1)
        let window = try model.encode(SpeechWindow(seek: 0, frames: source.frames), of: source, in: context)
        #expect(window.positions == (source.frames + 1) / 2)

        var options = TranscriptionOptions()
        options.temperatures = [0]
        options.wordTimestamps = true
        options.sampleLength = 16
        let transcript = try Transcriber(model: model, threads: 1).transcribe(source, options: options)
        #expect(transcript.segments.contains { $0.words?.isEmpty == false })
    }
}

extension GoldenDifferences {
    fileprivate static func between(_ left: Transcript, _ right: Transcript) -> [String] {
        var list = left.segments.count == right.segments.count ? [] : ["numbers of segments"]
        for (left, right) in zip(left.segments, right.segments) {
            list += tokens(left.tokens, right.tokens, "tokens")
            list += value(left.start, right.start, within: segmentTime, "start")
            list += value(left.end, right.end, within: segmentTime, "end")
            list += value(
                left.averageLogProbability, right.averageLogProbability, within: logProbability, "avg_logprob")
            if left.words?.map(\.text) != right.words?.map(\.text) { list.append("words of segment \(left.id)") }
        }
        return list
    }
}
