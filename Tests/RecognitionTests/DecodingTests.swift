import Foundation
import Testing

@testable import Recognition

private struct Fixture: Decodable {
    struct Filter: Decodable {
        var seed: Int
        var sampled: [Int]
        var limit: Int?
        var masked: [Int]
    }

    struct Decode: Decodable {
        var task: String
        var beamSize: Int?
        var patience: Double?
        var lengthPenalty: Double?
        var withoutTimestamps: Bool
        var maxInitialTimestamp: Double?
        var suppressTokens: [Int]
        var suppressBlank: Bool
        var sampleLen: Int?
        var prompt: [Int]?
        var prefix: [Int]?
        var multilingual: Bool
        var context: Int
        var window: Int
        var initial: [Int]
        var tokens: [Int]
        var text: String
        var avgLogprob: Double
        var noSpeechProb: Double
        var compressionRatio: Double

        var options: DecodingOptions {
            DecodingOptions(
                task: task == "translate" ? .translate : .transcribe, sampleLength: sampleLen, beamSize: beamSize,
                patience: patience, lengthPenalty: lengthPenalty, prefix: prefix ?? [],
                suppressTokens: suppressTokens, suppressBlank: suppressBlank, withoutTimestamps: withoutTimestamps,
                maxInitialTimestamp: maxInitialTimestamp)
        }

        var request: DecodingRequest {
            DecodingRequest(window: window, language: "en", prompt: prompt ?? [])
        }
    }

    struct Ranking: Decodable {
        var lengths: [Int]
        var sums: [Float]
        var penalty: Double?
        var best: Int
    }

    struct Compression: Decodable {
        var text: String
        var ratio: Double
    }

    struct LanguageRow: Decodable {
        var window: Int
        var en: Double
        var de: Double
    }

    var words: [String]
    var filters: [Filter]
    var decode: [Decode]
    var languages: [LanguageRow]
    var ranker: [Ranking]
    var compression: [Compression]
}

@Suite("Decoding against the reference's classes")
struct DecodingReferenceTests {
    private let fixture: Fixture

    init() throws {
        fixture = try DecodingFixture.load("decoding.json")
    }

    @Test func sameVocabularyAsTheGenerator() {
        #expect(fixture.words == ScriptedVocabulary.words)
        #expect(fixture.decode.count > 60)
    }

    @Test func timestampRules() {
        for item in fixture.filters {
            var row = DecodingScript.row(item.seed)
            let rules = ApplyTimestampRules(
                endOfText: 40, noTimestamps: 49, timestampBegin: 50, maxInitialTimestampIndex: item.limit)
            row.withUnsafeMutableBufferPointer { rules.apply(to: $0, sampled: item.sampled) }
            #expect(row.indices.filter { row[$0] == -.infinity } == item.masked, "\(item)")
        }
    }

    @Test func everySearchAlone() throws {
        for item in fixture.decode {
            let decoder = try WindowDecoder(
                vocabulary: ScriptedVocabulary(isMultilingual: item.multilingual), options: item.options,
                textContext: item.context)
            let inference = ScriptedInference()
            let results = try decoder.decode([item.request], with: inference)
            check(results, [item])
        }
    }

    @Test func initialTokens() throws {
        for item in fixture.decode {
            let initial = try InitialTokens(
                request: item.request, options: item.options,
                vocabulary: ScriptedVocabulary(isMultilingual: item.multilingual), textContext: item.context)
            #expect(initial.tokens == item.initial)
            #expect(initial.tokens.firstIndex(of: 41) == initial.startOfTranscriptIndex)
        }
    }

    /// Windows of other prompts, lengths and ends share a batch; each must come out as it does alone.
    @Test(arguments: [nil, 3]) func windowsInOneBatch(beamSize: Int?) throws {
        let decoder = try WindowDecoder(
            vocabulary: ScriptedVocabulary(), options: DecodingOptions(beamSize: beamSize, patience: nil),
            textContext: 32)
        let requests = (0..<12).map { index in
            DecodingRequest(window: index % 7, language: "en", prompt: Array(repeating: index, count: index % 4))
        }
        let inference = ScriptedInference()
        let together = try decoder.decode(requests, with: inference)
        let alone = try requests.flatMap { try decoder.decode([$0], with: ScriptedInference()) }
        #expect(together == alone)
        #expect(Set(together.map(\.tokens.count)).count > 2, "the windows should end at different times")
        #expect(inference.stepCounts == inference.stepCounts.sorted(by: >), "ended windows should leave the batch")
    }

    @Test func languageDetection() throws {
        let detected = try LanguageDetection(vocabulary: ScriptedVocabulary())(
            ScriptedInference(), windows: fixture.languages.map(\.window))
        for (row, probabilities) in zip(fixture.languages, detected) {
            #expect(probabilities.first?.code == (row.en >= row.de ? "en" : "de"))
            for (code, expected) in [("en", row.en), ("de", row.de)] {
                let probability = probabilities.first { $0.code == code }?.probability
                #expect(abs((probability ?? -1) - expected) < 1e-6)
            }
        }
    }

    @Test func ranking() {
        for item in fixture.ranker {
            let candidates = zip(item.lengths, item.sums).map {
                SearchCandidate(tokens: Array(repeating: 0, count: $0), sumLogProbability: $1)
            }
            #expect(MaximumLikelihoodRanker(lengthPenalty: item.penalty).best(candidates) == item.best)
        }
    }

    @Test func compressionRatio() {
        for item in fixture.compression {
            #expect(CompressionRatio.of(item.text) == item.ratio)
        }
    }

    private func check(_ results: [DecodingResult], _ items: [Fixture.Decode]) {
        for (result, item) in zip(results, items) {
            #expect(result.tokens == item.tokens, "\(item)")
            #expect(result.text == item.text)
            #expect(abs(result.averageLogProbability - item.avgLogprob) < 1e-5)
            #expect(abs(result.noSpeechProbability - item.noSpeechProb) < 1e-6)
            #expect(result.compressionRatio == item.compressionRatio)
        }
    }
}

@Suite("Decoding beyond the reference")
struct DecodingTests {
    @Test func topCandidatesAreThoseOfAFullSort() {
        for seed in 0..<20 {
            var row = DecodingScript.row(seed)
            if seed % 4 == 0 { row = row.map { ($0 * 2).rounded() } }
            let sorted = row.indices.sorted { row[$0] == row[$1] ? $0 < $1 : row[$0] > row[$1] }
            let top = row.withUnsafeMutableBufferPointer { LogitOperations.topCandidates(6, of: $0) }
            #expect(top.map(\.token) == Array(sorted.prefix(6)))
        }
    }

    @Test func rowOperationsSurviveMaskedAndShortRows() {
        var row = [Float](repeating: -.infinity, count: 4)
        row.withUnsafeMutableBufferPointer { row in
            #expect(LogitOperations.argmax(row) == nil)
            #expect(LogitOperations.logSumExp(row) == -.infinity)
            #expect(LogitOperations.sample(row, temperature: 1, uniform: 0.5) == nil)
            #expect(LogitOperations.topCandidates(9, of: row).count == 4)
            #expect(LogitOperations.probability(of: 9, in: row) == 0)
            LogitOperations.mask(row, tokens: [-1, 99])
            LogitOperations.mask(row, in: 2..<99)
        }
    }

    /// 2000 draws: every token's share must be within four standard deviations of its probability.
    @Test func samplesFollowTheDistribution() {
        // Spread over several of the blocks that the row is worked on in.
        var row = [Float](repeating: -.infinity, count: 1100)
        for (token, value) in [0: 0, 3: 1, 600: 2, 601: 0.5, 1099: 1.5] as [Int: Float] {
            row[token] = value
        }
        var generator = SamplingGenerator(seed: 7, stream: 0)
        let draws = 2000
        var counts = [Int](repeating: 0, count: row.count)
        row.withUnsafeMutableBufferPointer { row in
            for _ in 0..<draws {
                guard let token = LogitOperations.sample(row, temperature: 0.5, uniform: generator.nextUniform())
                else { continue }
                counts[token] += 1
            }
        }
        let weights = row.map { exp(Double($0) / 0.5) }
        for (count, weight) in zip(counts, weights) {
            let probability = weight / weights.reduce(0, +)
            let deviation = (probability * (1 - probability) / Double(draws)).squareRoot()
            #expect(abs(Double(count) / Double(draws) - probability) <= 4 * deviation)
        }
    }

    @Test func bestOfTakesTheMostProbableSample() throws {
        func result(_ bestOf: Int?, seed: UInt64) throws -> DecodingResult {
            let options = DecodingOptions(temperature: 0.8, bestOf: bestOf)
            let decoder = try WindowDecoder(vocabulary: ScriptedVocabulary(), options: options, textContext: 32)
            let request = DecodingRequest(window: 1, language: "en", seed: seed)
            return try #require(try decoder.decode([request], with: ScriptedInference()).first)
        }
        func score(_ result: DecodingResult) -> Double {
            result.averageLogProbability * Double(result.tokens.count + 1) / Double(max(1, result.tokens.count))
        }
        for seed in 0..<10 as Range<UInt64> {
            let one = try result(nil, seed: seed)
            let many = try result(5, seed: seed)
            #expect(score(many) >= score(one), "the first of the five samples is the single one")
            #expect(try result(5, seed: seed) == many)
        }
        #expect(try result(nil, seed: 0).tokens != result(nil, seed: 1).tokens)
    }

    @Test func sampledLogProbabilitiesAreThoseOfTheFilteredLogits() throws {
        let options = DecodingOptions(temperature: 1, suppressBlank: false, withoutTimestamps: true)
        let decoder = try WindowDecoder(vocabulary: ScriptedVocabulary(), options: options, textContext: 32)
        let request = DecodingRequest(window: 2, language: "en", seed: 3)
        let result = try #require(try decoder.decode([request], with: ScriptedInference()).first)
        var context = [41, 42, 45, 49]
        var sum = 0.0
        let suppressed = Set(SuppressTokens.list([-1], vocabulary: ScriptedVocabulary()))
        for token in result.tokens.count < 16 ? result.tokens + [40] : result.tokens {
            let row = DecodingScript.row(DecodingScript.hash(window: 2, context))
            let total = row.indices.filter { !suppressed.contains($0) }.reduce(0.0) { $0 + exp(Double(row[$1])) }
            sum += Double(row[token]) - log(total)
            context.append(token)
        }
        #expect(abs(result.averageLogProbability - sum / Double(result.tokens.count + 1)) < 1e-5)
    }

    @Test func hotwordsOpenThePrompt() throws {
        func tokens(_ hotwords: [Int], prompt: [Int], prefix: [Int] = []) throws -> [Int] {
            let request = DecodingRequest(window: 0, language: "de", prompt: prompt)
            let options = DecodingOptions(prefix: prefix, hotwords: hotwords)
            return try InitialTokens(
                request: request, options: options, vocabulary: ScriptedVocabulary(), textContext: 16
            ).tokens
        }
        #expect(try tokens([1, 2], prompt: []) == [47, 1, 2, 41, 43, 45])
        #expect(try tokens([1, 2], prompt: [3, 4, 5, 6, 7, 8, 9]) == [47, 1, 2, 5, 6, 7, 8, 9, 41, 43, 45])
        #expect(try tokens(Array(0..<20), prompt: [30]) == [47, 0, 1, 2, 3, 4, 5, 6, 41, 43, 45])
        #expect(try tokens([1, 2], prompt: [3], prefix: [9]) == [47, 3, 41, 43, 45, 9])
    }

    @Test func refusesWhatCannotWork() throws {
        func code(_ options: DecodingOptions, language: String = "en", prompt: [Int] = []) -> String? {
            do throws(RecognitionError) {
                let decoder = try WindowDecoder(vocabulary: ScriptedVocabulary(), options: options, textContext: 16)
                let request = DecodingRequest(window: 0, language: language, prompt: prompt)
                _ = try decoder.decode([request], with: ScriptedInference())
                return nil
            } catch {
                return error.code.rawValue
            }
        }
        let invalid = "recognition.option_invalid"
        #expect(code(DecodingOptions(temperature: -1)) == invalid)
        #expect(code(DecodingOptions(temperature: .nan)) == invalid)
        #expect(code(DecodingOptions(temperature: 1, bestOf: 2, beamSize: 2)) == invalid)
        #expect(code(DecodingOptions(bestOf: 2)) == invalid)
        #expect(code(DecodingOptions(patience: 1)) == invalid)
        #expect(code(DecodingOptions(beamSize: 1, patience: 0.5)) == invalid)
        #expect(code(DecodingOptions(beamSize: 0)) == invalid)
        #expect(code(DecodingOptions(beamSize: 2, lengthPenalty: 2)) == invalid)
        #expect(code(DecodingOptions(prefix: Array(0..<30))) == invalid)
        #expect(code(DecodingOptions(), language: "xx") == "recognition.language_unsupported")
        #expect(code(DecodingOptions()) == nil)
    }

    @Test func stopsBetweenTokensWhenCancelled() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            let decoder = try WindowDecoder(
                vocabulary: ScriptedVocabulary(), options: DecodingOptions(), textContext: 32)
            _ = try decoder.decode([DecodingRequest(window: 0, language: "en")], with: ScriptedInference())
        }
        task.cancel()
        let result = await task.result
        #expect(throws: RecognitionError.self) { try result.get() }
        if case .failure(let error) = result {
            #expect((error as? RecognitionError)?.code == .cancelled)
        }
    }
}
