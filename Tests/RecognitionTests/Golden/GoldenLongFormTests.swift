import TestSupport
import Testing

@testable import Recognition

/// Whole-file runs of the golden data.
enum GoldenLongRun: String, Sendable, CaseIterable {
    case conditioned = "long"
    case unconditioned = "long_unconditioned"
    case initialPrompt = "long_initial_prompt"
    case words

    /// Temperature 0 only, no thresholds.
    var options: TranscriptionOptions {
        var options = TranscriptionOptions()
        options.language = "en"
        options.temperatures = [0]
        options.compressionRatioThreshold = nil
        options.logProbabilityThreshold = nil
        options.noSpeechThreshold = nil
        switch self {
        case .conditioned: break
        case .unconditioned: options.conditionOnPreviousText = false
        case .initialPrompt: options.initialPrompt = GoldenDecodingRun.prompt
        case .words: options.wordTimestamps = true
        }
        return options
    }
}

/// Transcription of whole files: the clip several times end to end, and the clip itself with word timestamps.
@Suite(.enabled(if: !GoldenModelCase.all.isEmpty, GoldenCase.skipMessage))
struct GoldenLongFormTests {
    @Test(arguments: GoldenModelCase.all, GoldenLongRun.allCases)
    func transcriptEqualsReference(model: GoldenModelCase, run: GoldenLongRun) async throws {
        let engine = try await GoldenEngine.of(model)
        var audio: [Float] = []
        for _ in 0..<(run == .words ? 1 : engine.expectations.longRepeat) { audio += engine.clip }
        let source = SpectrogramSource(audio, melBins: engine.model.dimensions.melBins)
        var segments: [Segment] = []
        let transcriber = try Transcriber(model: engine.model, threads: 1)
        let transcript = try transcriber.transcribe(source, options: run.options) { event in
            if case .segment(let segment) = event { segments.append(segment) }
        }
        let isAsReported = segments == transcript.segments
        #expect(isAsReported)
        #expect(abs(transcript.duration - Double(audio.count) / 16_000) < 0.011)
        let expected = try engine.expectations.transcription(run.rawValue)
        #expect(GoldenDifferences.between(transcript, expected) == [])
    }
}
