import TestSupport
import Testing

@testable import Recognition

/// Encoder, decoder, tokenizer and language detection against the reference's numbers, for both forms of each model.
@Suite(.enabled(if: !GoldenModelCase.all.isEmpty, GoldenCase.skipMessage))
struct GoldenModelTests {
    @Test(arguments: GoldenModelCase.all)
    func encoderEqualsReference(model: GoldenModelCase) async throws {
        let engine = try await GoldenEngine.of(model)
        let (shape, expected) = try model.golden.tensor("encoder_out")
        #expect(shape == [engine.model.dimensions.audioContext, engine.model.dimensions.audioState])
        #expect(GoldenDifferences.distance(try engine.encoderOutput(), expected) < 2e-3)
    }

    /// Token by token, through the cache.
    @Test(arguments: GoldenModelCase.all)
    func teacherForcedLogitsEqualReference(model: GoldenModelCase) async throws {
        let engine = try await GoldenEngine.of(model)
        let expected = engine.expectations
        let session = try engine.session()
        var argmax: [Int] = []
        for (position, token) in expected.prefixTokens.enumerated() {
            if position == 0 {
                try session.begin([SequenceStart(window: 0, tokens: [token], probePosition: nil)])
                let first = try model.golden.tensor("logits_first").values
                #expect(GoldenDifferences.distance(Array(session.logits(of: 0)), first) < 1e-2)
            } else {
                try session.step([token])
            }
            argmax.append(try #require(LogitOperations.argmax(session.logits(of: 0))).token)
        }
        #expect(argmax == expected.prefixArgmax)
        let last = try model.golden.tensor("logits_last").values
        #expect(GoldenDifferences.distance(Array(session.logits(of: 0)), last) < 1e-2)
    }

    /// All at once, twice in one batch, with the first position probed.
    @Test(arguments: GoldenModelCase.all)
    func promptLogitsEqualReference(model: GoldenModelCase) async throws {
        let engine = try await GoldenEngine.of(model)
        let tokens = engine.expectations.prefixTokens
        let session = try engine.session()
        let start = SequenceStart(window: 0, tokens: tokens, probePosition: 0)
        try session.begin([start, start])
        let first = try model.golden.tensor("logits_first").values
        let last = try model.golden.tensor("logits_last").values
        for sequence in 0..<2 {
            let probe = try #require(session.probeLogits(of: sequence))
            #expect(GoldenDifferences.distance(Array(probe), first) < 1e-2)
            #expect(GoldenDifferences.distance(Array(session.logits(of: sequence)), last) < 1e-2)
        }
    }

    @Test(arguments: GoldenModelCase.all)
    func detectedLanguagesEqualReference(model: GoldenModelCase) async throws {
        let engine = try await GoldenEngine.of(model)
        let expected = engine.expectations.languageProbabilities
        #expect(engine.model.tokenizer.isMultilingual == (expected != nil))
        guard let expected else { return }
        let detection = LanguageDetection(vocabulary: engine.model.tokenizer)
        let detected = try #require(try detection(engine.session(), windows: [0]).first)
        #expect(detected.count == engine.model.tokenizer.special.languages.count)
        let best = Dictionary(
            uniqueKeysWithValues: detected.prefix(expected.count).map { ($0.code, $0.probability) })
        let differences = expected.flatMap { code, probability in
            GoldenDifferences.probability(best[code] ?? .nan, probability, code)
        }
        #expect(differences.isEmpty)
    }

    @Test(arguments: GoldenModelCase.all)
    func textsTokeniseAsReference(model: GoldenModelCase) async throws {
        let engine = try await GoldenEngine.of(model)
        let tokenizer = engine.model.tokenizer
        for row in engine.expectations.texts {
            #expect(tokenizer.encode(row.text) == row.tokens)
            #expect(tokenizer.decode(row.tokens).utf8.elementsEqual(row.text.utf8))
        }
    }
}
