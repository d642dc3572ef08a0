import Foundation

@testable import Recognition

/// Values that Tests/Fixtures/decoding/generate.py wrote with the reference's own classes.
enum DecodingFixture {
    static func load<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Fixtures/decoding/\(name)"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: data)
    }
}

/// The generator's vocabulary: a table of words, then the special tokens.
struct ScriptedVocabulary: DecodingVocabulary {
    static let size = 81
    static let words =
        [" alpha", " beta", " gamma", " delta", " echo", " fox", " golf", " hotel", " india", " kilo"]
        + [" lima", " mike", "ing", "ed", "s", " na", "ïve", " 日本", "語", "。"]
        + [".", ",", "?", "!", "'", " '", " \"", "\"", " (", ")"]
        + [" ", " -", " ¿", "、", " one", " two", " three", " four", " five", "\u{A0}"]

    var isMultilingual = true

    var special: SpecialTokens {
        SpecialTokens(
            endOfText: 40, startOfTranscript: 41, translate: 44, transcribe: 45, startOfLM: 46, startOfPrev: 47,
            noSpeech: 48, noTimestamps: 49, timestampBegin: 50,
            languages: [("en", 42), ("de", 43)].compactMap { code, token in
                Language(code: code).map { LanguageToken(language: $0, token: token) }
            })
    }

    var nonSpeechTokens: [Int] { [26, 27, 28, 29, 31] }

    func encode(_ text: String) -> [Int] {
        var rest = Array(text.unicodeScalars)[...]
        var tokens: [Int] = []
        while !rest.isEmpty {
            let matching = Self.words.indices.filter { rest.starts(with: Self.words[$0].unicodeScalars) }
            guard let token = matching.max(by: { length($0) < length($1) }) else { break }
            tokens.append(token)
            rest = rest.dropFirst(length(token))
        }
        return tokens
    }

    func decode(_ tokens: [Int]) -> String {
        tokens.filter { $0 < 40 }.map { Self.words[$0] }.joined()
    }

    func splitToWordTokens(_ tokens: [Int], language: String?) -> (words: [String], tokens: [[Int]]) {
        var words: [String] = []
        var wordTokens: [[Int]] = []
        for token in tokens {
            let word = token < 40 ? Self.words[token] : "<|endoftext|>"
            let isMark = ".,?!'\"()。、".containsAsReference(ReferenceText.strip(word))
            if token >= 40 || word.hasPrefix(" ") || isMark || words.isEmpty {
                words.append(word)
                wordTokens.append([token])
            } else {
                words[words.count - 1] += word
                wordTokens[wordTokens.count - 1].append(token)
            }
        }
        return (words, wordTokens)
    }

    private func length(_ token: Int) -> Int { Self.words[token].unicodeScalars.count }
}

/// The generator's scripted logits: a hash of the window and all tokens so far.
enum DecodingScript {
    static func value(_ seed: Int, _ index: Int) -> Float {
        var x = UInt32(truncatingIfNeeded: seed &* 2_654_435_761 &+ index &* 40503 &+ 12345)
        x ^= x >> 15
        x &*= 2_246_822_519
        x ^= x >> 13
        x &*= 3_266_489_917
        x ^= x >> 16
        return Float(Double(x >> 8) / 16_777_216 * 10 - 5)
    }

    static func hash(window: Int, _ tokens: some Sequence<Int>) -> Int {
        tokens.reduce(17 + window) { ($0 * 31 + $1 + 7) % 65521 }
    }

    static func row(_ hash: Int) -> [Float] {
        var row = (0..<ScriptedVocabulary.size).map { value(hash, $0) }
        if hash % 5 == 0 { row[40] = Float(Double(row[40]) + 6) }
        return row
    }
}

/// A decoder whose logits are scripted. It keeps whole sequences, so that a wrong fork or prune gives wrong logits.
final class ScriptedInference: DecoderInference {
    struct Sequence {
        var window: Int
        var tokens: [Int]
        var probe: Int?
    }

    let vocabularySize = ScriptedVocabulary.size
    private(set) var sequences: [Sequence] = []
    private(set) var stepCounts: [Int] = []
    private let buffers = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2 * 64 * ScriptedVocabulary.size)

    deinit { buffers.deallocate() }

    func begin(_ starts: [SequenceStart]) throws(RecognitionError) {
        sequences = starts.map { Sequence(window: $0.window, tokens: $0.tokens, probe: $0.probePosition) }
        fill()
    }

    func step(_ tokens: [Int]) throws(RecognitionError) {
        precondition(tokens.count == sequences.count)
        for (index, token) in tokens.enumerated() {
            sequences[index].tokens.append(token)
            sequences[index].probe = nil
        }
        stepCounts.append(tokens.count)
        fill()
    }

    func select(_ parents: [Int]) {
        sequences = parents.map { sequences[$0] }
    }

    func logits(of sequence: Int) -> UnsafeMutableBufferPointer<Float> {
        slot(sequence)
    }

    func probeLogits(of sequence: Int) -> UnsafeMutableBufferPointer<Float>? {
        sequences[sequence].probe == nil ? nil : slot(64 + sequence)
    }

    func align(window: Int, tokens: [Int]) throws(RecognitionError) -> AlignmentPass {
        alignmentPass(tokens, heads: [(0, 0)])
    }

    /// The generator's cross-attention over 40 positions.
    func alignmentPass(_ tokens: [Int], heads: [(layer: Int, head: Int)]) -> AlignmentPass {
        var scores: [Float] = []
        for (layer, head) in heads {
            for token in tokens.indices {
                scores += (0..<40).map { DecodingScript.value(layer * 2 + head + 1, token * 1009 + $0) }
            }
        }
        let probabilities = tokens.indices.dropLast().map { index in
            let row = DecodingScript.row(DecodingScript.hash(window: 0, tokens[...index])).prefix(40).map(exp)
            return tokens[index + 1] < 40 ? row[tokens[index + 1]] / row.reduce(0, +) : 0
        }
        return AlignmentPass(
            heads: heads.count, tokens: tokens.count, positions: 40, scores: scores,
            nextTokenProbabilities: probabilities)
    }

    private func slot(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            rebasing: buffers[index * vocabularySize..<(index + 1) * vocabularySize])
    }

    private func fill() {
        for (index, sequence) in sequences.enumerated() {
            let hash = DecodingScript.hash(window: sequence.window, sequence.tokens)
            _ = slot(index).update(fromContentsOf: DecodingScript.row(hash))
            if let probe = sequence.probe {
                let hash = DecodingScript.hash(window: sequence.window, sequence.tokens[...probe])
                _ = slot(64 + index).update(fromContentsOf: DecodingScript.row(hash))
            }
        }
    }
}
