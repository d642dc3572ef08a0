import TestSupport
import Testing

@testable import Recognition

/// Decoding of utterances by models with seeded random weights: the reference's tokens, however much is decided before.
@Suite(.enabled(if: !GoldenModelCase.all.isEmpty, GoldenCase.skipMessage))
struct UtteranceDecoderTests {
    private func decoder(_ model: WhisperModel) throws -> UtteranceDecoder {
        var options = TranscriptionOptions()
        options.temperatures = [0]
        options.compressionRatioThreshold = nil
        options.logProbabilityThreshold = nil
        options.noSpeechThreshold = nil
        options.language = "en"
        return try UtteranceDecoder(model: model, options: options, threads: 1)
    }

    @Test(arguments: GoldenModelCase.all)
    func decodesAsTheReference(golden: GoldenModelCase) async throws {
        let engine = try await GoldenEngine.of(golden)
        let expected = try engine.expectations.decoding(GoldenDecodingRun.greedyWithoutTimestamps.rawValue)
        let decoder = try decoder(engine.model)
        let whole = try decoder.decode(UtteranceRequest(mel: engine.mel)) { false }
        let special = engine.model.tokenizer.special
        let tokens = whole.words.flatMap(\.tokens)
        #expect(tokens == Array(expected.tokens.filter { $0 < special.endOfText }.prefix(tokens.count)))
        #expect(whole.words.map(\.text).joined() == engine.model.tokenizer.decode(tokens))

        // What has been decided is gone on from as if it had just been chosen. (Random weights may choose timestamps,
        // too, which are not text and so cannot have been decided.)
        let half = whole.words.prefix(whole.words.count / 2).flatMap(\.tokens)
        let rest = try decoder.decode(UtteranceRequest(mel: engine.mel, decided: half, wantsAttention: true)) { false }
        if expected.tokens.allSatisfy({ $0 < special.endOfText }) {
            let continued = half + rest.words.flatMap(\.tokens)
            #expect(continued.prefix(tokens.count) == tokens.prefix(continued.count))
        }
        let seconds = Double(engine.mel.count / engine.model.dimensions.melBins) / 100
        #expect(rest.words.allSatisfy { $0.attended.map { (0..<seconds).contains($0) } ?? false })

        let times = try decoder.wordTimes(of: tokens, language: "en")
        #expect(times.flatMap(\.tokens) == tokens)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0.word.start <= $1.word.start })
    }

    @Test func givesUpBetweenTwoTokens() async throws {
        let engine = try await GoldenEngine.of(GoldenModelCase.all[0])
        let decoder = try decoder(engine.model)
        var asked = 0
        let error = #expect(throws: RecognitionError.self) {
            try decoder.decode(UtteranceRequest(mel: engine.mel)) {
                asked += 1
                return asked > 3
            }
        }
        #expect(error?.code == .cancelled && asked == 4)
        // The decoder is as good as new.
        #expect(try !decoder.decode(UtteranceRequest(mel: engine.mel)) { false }.words.isEmpty)
    }
}
