import Foundation
import TestSupport
import Testing

@testable import Recognition

@Suite("Joint decoding") struct JointDecodingTests {
    // MARK: Language model

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/joint")

    private struct LanguageCase: Decodable {
        var text: [Int]
        var rows: [Float]
    }

    @Test func nGramsSayWhatTheirMakerReads() throws {
        let path = Self.folder.appending(path: "language-model.safetensors").path
        let model = try NGramModel(path: path, endOfText: 40, startOfText: 41)
        let cases = try JSONDecoder().decode(
            [LanguageCase].self, from: Data(contentsOf: Self.folder.appending(path: "language-model.json")))
        #expect(model.events == 41 && cases.count == 7)
        for expected in cases {
            let context = expected.text.reduce(model.start()) { model.advance($0, by: $1) }
            var row = [Float](repeating: 0, count: model.events)
            row.withUnsafeMutableBufferPointer { model.logProbabilities(after: context, into: $0) }
            for (found, expected) in zip(row, expected.rows) { #expect(abs(found - expected) < 2e-4) }
        }
    }

    @Test func damagedNGramsNeverReadOutside() throws {
        let good = try Data(contentsOf: Self.folder.appending(path: "language-model.safetensors"))
        let header = 8 + Int(good[0]) + Int(good[1]) << 8
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 5)
        for round in 0..<200 {
            var bytes = good
            for _ in 0..<20 {
                bytes[Int.random(in: header..<bytes.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            let path = folder.path + "/\(round).safetensors"
            try bytes.write(to: URL(filePath: path))
            let model = try NGramModel(path: path, endOfText: 40, startOfText: 41)
            var context = model.start()
            for token in [1, 3, 9, 10, 31, 70, -1, 2] {
                var row = [Float](repeating: 0, count: model.events)
                row.withUnsafeMutableBufferPointer { model.logProbabilities(after: context, into: $0) }
                context = model.advance(context, by: token)
            }
        }
    }

    // MARK: Spelling

    /// Sums over all ways to spell, one by one.
    private struct BruteForce {
        let width: Int
        let logProbabilities: [Float]
        var positions: Int { logProbabilities.count / width }

        /// Probabilities that the spelling begins with `letters`, and that it is them.
        func probabilities(of letters: [UInt8]) -> (prefix: Double, whole: Double) {
            var path = [Int](repeating: 0, count: positions)
            var result = (prefix: 0.0, whole: 0.0)
            while true {
                var spelled: [UInt8] = []
                for (position, choice) in path.enumerated()
                where choice != 0 && (position == 0 || path[position - 1] != choice) {
                    spelled.append(UInt8(choice))
                }
                if spelled.starts(with: letters) {
                    let sum = path.enumerated().reduce(0.0) {
                        $0 + Double(logProbabilities[$1.offset * width + $1.element])
                    }
                    result.prefix += exp(sum)
                    if spelled.count == letters.count { result.whole += exp(sum) }
                }
                guard let next = path.indices.last(where: { path[$0] < width - 1 }) else { return result }
                path[next] += 1
                for position in path.indices where position > next { path[position] = 0 }
            }
        }
    }

    private static func randomSpelling(positions: Int, width: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        var values: [Float] = []
        for _ in 0..<positions {
            let row = (0..<width).map { _ in Float.random(in: -3...3, using: &generator) }
            let normalizer = log(row.map(exp).reduce(0, +))
            values += row.map { $0 - normalizer }
        }
        return values
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func prefixesAreAsProbableAsAllTheirSpellings(seed: UInt64) {
        let values = Self.randomSpelling(positions: 6, width: 4, seed: seed)
        let brute = BruteForce(width: 4, logProbabilities: values)
        let spelling = Spelling(width: 4, logProbabilities: values)
        for letters in [[], [1], [2, 2], [1, 2, 1], [3, 3, 3], [1, 2, 3, 1], [2, 1, 1, 3, 2, 1]] as [[UInt8]] {
            let prefix = SpellingPrefix(spelling).extended(by: letters.map { $0 }, space: nil, spelling)
            let expected = brute.probabilities(of: letters)
            #expect(abs(exp(Double(prefix.logProbability)) - expected.prefix) < 1e-5, "\(letters)")
            #expect(abs(exp(Double(prefix.logProbabilityAtEnd(spelling))) - expected.whole) < 1e-5, "\(letters)")
        }
    }

    @Test func separatorsAreSpelledOnceAndOnlyBetweenLetters() {
        let values = Self.randomSpelling(positions: 7, width: 4, seed: 9)
        let spelling = Spelling(width: 4, logProbabilities: values)
        // 3 is the space.
        let written = SpellingPrefix(spelling).extended(by: [nil, 1, nil, nil], space: 3, spelling)
            .separatedHere().extended(by: [nil, 2], space: 3, spelling)
        let plain = SpellingPrefix(spelling).extended(by: [1, 3, 2], space: nil, spelling)
        #expect(written.logProbability == plain.logProbability)
    }

    @Test func longSpellingsCostOnlyWhatMatters() {
        // Letters 1 and 2 take turns, each for 3 of 900 positions, surely.
        let values = (0..<900).flatMap { position in
            (0..<3).map {
                Float(position % 3 == 2 ? ($0 == 0 ? -0.01 : -9) : ($0 == position / 3 % 2 + 1 ? -0.01 : -9))
            }
        }
        let spelling = Spelling(width: 3, logProbabilities: values)
        var prefix = SpellingPrefix(spelling)
        for index in 0..<300 {
            prefix = prefix.extended(by: [UInt8(index % 2 + 1)], space: nil, spelling)
            #expect(prefix.positionsKept < 30)
        }
        #expect(abs(prefix.logProbabilityAtEnd(spelling) + 9) < 0.5)
        #expect(prefix.extended(by: [1], space: nil, spelling).logProbability < -15)
    }

    @Test func alphabetsKnowLettersWithoutCase() {
        let alphabet = SpellingAlphabet(letters: " 'ab")
        #expect(alphabet?.count == 5)
        #expect(alphabet?.classes(of: " A'b-z") == [nil, 3, 2, 4, nil, nil])
        #expect(SpellingAlphabet(letters: "aa") == nil)
        #expect(SpellingAlphabet(letters: "") == nil)
    }

    // MARK: Search

    /// A decoder that finds " beta" a little likelier than " alpha" everywhere, and an end after one word.
    private final class Undecided: DecoderInference {
        let vocabularySize = ScriptedVocabulary.size
        private var sequences: [[Int]] = []
        private let window: Spelling?
        private let rows = UnsafeMutableBufferPointer<Float>.allocate(capacity: 64 * ScriptedVocabulary.size)

        init(hearing window: Spelling?) { self.window = window }

        deinit { rows.deallocate() }

        func begin(_ starts: [SequenceStart]) { sequences = starts.map { _ in [] } }
        func step(_ tokens: [Int]) { sequences = zip(sequences, tokens).map { $0 + [$1] } }
        func select(_ parents: [Int]) { sequences = parents.map { sequences[$0] } }
        func probeLogits(of sequence: Int) -> UnsafeMutableBufferPointer<Float>? { nil }
        func spelling(of window: Int) -> Spelling? { self.window }

        func logits(of sequence: Int) -> UnsafeMutableBufferPointer<Float> {
            let size = ScriptedVocabulary.size
            let row = UnsafeMutableBufferPointer(rebasing: rows[sequence * size..<(sequence + 1) * size])
            row.update(repeating: -9)
            row[0] = 1
            row[1] = 1.5
            row[40] = sequences[sequence].isEmpty ? -9 : 4
            return row
        }

        func align(window: Int, tokens: [Int]) throws(RecognitionError) -> AlignmentPass { throw .cancelledDecoding }
    }

    /// Spells the classes, each for two positions and a blank after it.
    private func spelled(_ classes: [UInt8], width: Int) -> Spelling {
        let rows = classes.flatMap { [Int($0), Int($0), 0] }.flatMap { sure in
            (0..<width).map { Float($0 == sure ? -0.05 : -5) }
        }
        return Spelling(width: width, logProbabilities: rows)
    }

    private func decode(_ spelling: Spelling?, alone: Bool = false) throws -> DecodingResult {
        let vocabulary = ScriptedVocabulary(isMultilingual: false)
        let alphabet = try #require(SpellingAlphabet(letters: " abehlpt"))
        let joint = JointDecoding(
            language: nil, weights: .init(spelling: 0.3, language: 0, token: 0, beams: 4),
            letters: (0..<40).map { alphabet.classes(of: vocabulary.decode([$0])) }, space: alphabet.space,
            endOfText: 40)
        var options = DecodingOptions()
        options.withoutTimestamps = true
        options.decoderAlone = alone
        let decoder = try WindowDecoder(vocabulary: vocabulary, options: options, textContext: 32, joint: joint)
        return try decoder.decode(
            [DecodingRequest(window: 0, language: "en")], with: Undecided(hearing: spelling))[0]
    }

    @Test func theSpellingDecidesWhatTheDecoderIsUnsureOf() throws {
        let alphabet = try #require(SpellingAlphabet(letters: " abehlpt"))
        func heard(_ word: String) -> Spelling {
            spelled(alphabet.classes(of: word).compactMap { $0 ?? alphabet.space }, width: alphabet.count)
        }
        #expect(try decode(heard("alpha")).text == "alpha")
        #expect(try decode(heard("beta")).text == "beta")
        #expect(try decode(heard("alpha beta")).text == "alpha beta")
        let result = try decode(heard("alpha"))
        #expect(result.isJoint)
        #expect(!TemperatureFallback().needsFallback(result))
        // Σ log p of the decoder alone: of " alpha" among the first row's tokens, and of the end.
        let first = 1 - log(exp(1.0) + exp(1.5) + 79 * exp(-9.0))
        #expect(abs(result.averageLogProbability - first / 2) < 0.1)
    }

    @Test func withoutSpellingTheDecoderDecides() throws {
        #expect(try decode(nil).text == "beta")
        let alphabet = try #require(SpellingAlphabet(letters: " abehlpt"))
        let heard = spelled(alphabet.classes(of: "alpha").compactMap(\.self), width: alphabet.count)
        let alone = try decode(heard, alone: true)
        #expect(alone.text == "beta")
        #expect(!alone.isJoint)
    }
}

private struct SeededGenerator: RandomNumberGenerator {
    private var state: SamplingGenerator

    init(seed: UInt64) { state = SamplingGenerator(seed: seed, stream: 0) }

    mutating func next() -> UInt64 {
        UInt64(state.nextUniform() * 4_294_967_296) << 32 | UInt64(state.nextUniform() * 4_294_967_296)
    }
}
