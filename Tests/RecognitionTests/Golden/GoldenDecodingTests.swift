import TestSupport
import Testing

@testable import Recognition

/// One window decoded in the ways that the golden data knows.
enum GoldenDecodingRun: String, Sendable, CaseIterable {
    case greedy
    case greedyWithoutTimestamps = "greedy_no_timestamps"
    case beamSearch = "beam5"
    case prompted

    static let prompt = "Speeches of the twentieth century."

    var options: DecodingOptions {
        var options = DecodingOptions()
        options.sampleLength = 224
        switch self {
        case .greedy, .prompted: break
        case .greedyWithoutTimestamps: options.withoutTimestamps = true
        case .beamSearch: options.beamSize = 5
        }
        return options
    }
}

/// Searches on the first window of each clip, token for token.
@Suite(.enabled(if: !GoldenModelCase.all.isEmpty, GoldenCase.skipMessage))
struct GoldenDecodingTests {
    @Test(arguments: GoldenModelCase.all, GoldenDecodingRun.allCases)
    func resultEqualsReference(model: GoldenModelCase, run: GoldenDecodingRun) async throws {
        let engine = try await GoldenEngine.of(model)
        let tokenizer = engine.model.tokenizer
        let decoder = try WindowDecoder(
            vocabulary: tokenizer, options: run.options, textContext: engine.model.dimensions.textContext)
        let prompt = run == .prompted ? tokenizer.encodePrompt(GoldenDecodingRun.prompt) : []
        let request = DecodingRequest(window: 0, language: "en", prompt: prompt)
        let result = try #require(try decoder.decode([request], with: engine.session()).first)
        let expected = try engine.expectations.decoding(run.rawValue)
        #expect(GoldenDifferences.between(result, expected) == [])
    }
}
