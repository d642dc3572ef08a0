import Foundation
import Testing

@testable import Recognition

private struct Fixture: Decodable {
    struct Median: Decodable {
        var values: [Float]
        var filtered: [Float]
    }

    struct Warping: Decodable {
        var cost: [[Float]]
        var rows: [Int]
        var columns: [Int]
    }

    struct Punctuation: Decodable {
        var words: [TokenizedWord]
        var merged: [TokenizedWord]
    }

    struct Alignment: Decodable {
        var multilingual: Bool
        var heads: [[Int]]
        var tokens: [Int]
        var frames: Int
        var alignment: [AlignedWord]
    }

    var median: [Median]
    var warping: [Warping]
    var punctuation: [Punctuation]
    var alignment: [Alignment]
}

private struct TokenizedWord: Decodable {
    var word: String
    var tokens: [Int]

    init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        word = try fields.decode(String.self)
        tokens = try fields.decode([Int].self)
    }
}

/// `[word, tokens, start, end, probability]`, as the generator writes it.
struct AlignedWord: Decodable {
    var timing: WordTiming

    init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        timing = WordTiming(
            word: try fields.decode(String.self), tokens: try fields.decode([Int].self),
            start: try fields.decode(Double.self), end: try fields.decode(Double.self),
            probability: try fields.decode(Double.self))
    }
}

@Suite("Word timing against the reference's functions")
struct TimingTests {
    private let fixture: Fixture

    init() throws {
        fixture = try DecodingFixture.load("timing.json")
    }

    @Test func medianFilter() {
        for item in fixture.median {
            #expect(MedianFilter()(item.values) == item.filtered)
        }
    }

    @Test func medianIsTheFourthOfSevenSorted() {
        let row = (0..<500).map { DecodingScript.value(11, $0).rounded() }
        let filtered = MedianFilter()(row)
        for position in 3..<497 {
            #expect(filtered[position] == row[position - 3...position + 3].sorted()[3])
        }
        var broken = row
        broken[100] = .nan
        #expect(MedianFilter()(broken)[97] == (row[94..<100] + [.infinity]).sorted()[3])
    }

    @Test func dynamicTimeWarping() {
        for item in fixture.warping {
            let path = DynamicTimeWarping.path(
                cost: item.cost.flatMap(\.self), rowCount: item.cost.count, columnCount: item.cost[0].count)
            #expect(path.rows == item.rows)
            #expect(path.columns == item.columns)
        }
    }

    @Test func punctuation() {
        for item in fixture.punctuation {
            var alignment = item.words.map {
                WordTiming(word: $0.word, tokens: $0.tokens, start: 0, end: 0, probability: 0)
            }
            PunctuationMerging().apply(to: &alignment)
            #expect(alignment.map(\.word) == item.merged.map(\.word))
            #expect(alignment.map(\.tokens) == item.merged.map(\.tokens))
        }
    }

    @Test func wordAlignment() throws {
        #expect(fixture.alignment.contains { $0.alignment.count > 5 })
        for item in fixture.alignment {
            let vocabulary = ScriptedVocabulary(isMultilingual: item.multilingual)
            let aligner = try WordAligner(vocabulary: vocabulary, language: "en", task: .transcribe)
            let sequence = aligner.sequence(for: item.tokens, textContext: 64)
            let pass = ScriptedInference().alignmentPass(
                sequence, heads: item.heads.map { (layer: $0[0], head: $0[1]) })
            let timings = aligner.timings(
                words: vocabulary.splitToWordTokens(item.tokens + [40], language: "en"), pass: pass,
                frames: item.frames)
            #expect(timings.map(\.word) == item.alignment.map(\.timing.word))
            for (timing, expected) in zip(timings, item.alignment.map(\.timing)) {
                #expect(timing.tokens == expected.tokens)
                #expect(timing.start == expected.start)
                #expect(timing.end == expected.end)
                #expect(abs(timing.probability - expected.probability) < 1e-6)
            }
        }
    }

    @Test func brokenScoresGiveTimesAtTheWindow() throws {
        let vocabulary = ScriptedVocabulary()
        let aligner = try WordAligner(vocabulary: vocabulary, language: "en", task: .transcribe)
        let tokens = [0, 1, 2]
        var pass = ScriptedInference().alignmentPass(aligner.sequence(for: tokens, textContext: 64), heads: [(0, 0)])
        pass.scores = pass.scores.map { _ in .nan }
        let words = vocabulary.splitToWordTokens(tokens + [40], language: nil)
        for timing in aligner.timings(words: words, pass: pass, frames: 60) {
            #expect((-0.02...0.6).contains(timing.start) && (-0.02...0.6).contains(timing.end))
        }
        #expect(aligner.timings(words: words, pass: pass, frames: 1).isEmpty)
    }

    @Test func textLongerThanTheContextIsCutOff() throws {
        let vocabulary = ScriptedVocabulary()
        let aligner = try WordAligner(vocabulary: vocabulary, language: "de", task: .translate)
        let sequence = aligner.sequence(for: Array(repeating: 3, count: 99), textContext: 16)
        #expect(sequence == [41, 43, 44, 49] + Array(repeating: 3, count: 11) + [40])
        let pass = ScriptedInference().alignmentPass(sequence, heads: [(0, 0)])
        let words = vocabulary.splitToWordTokens(Array(repeating: 3, count: 99) + [40], language: nil)
        #expect(aligner.timings(words: words, pass: pass, frames: 60).count == 11)
    }
}
