import Foundation
import Recognition

@testable import Pipelines

/// A decoder that answers by a closure; tokens are numbers of words.
final class ScriptedDecoder: UtteranceDecoding {
    let melBins = 80
    var windowFrames = 3_000
    var mostDecidedTokens = 10_000
    private(set) var requests: [UtteranceRequest] = []
    var answer: (UtteranceRequest) throws -> UtteranceHypothesis
    var times: ([Int], UtteranceRequest) -> [AlignedWord] = { tokens, _ in
        tokens.enumerated().map { index, token in
            AlignedWord(
                word: Word(text: " \(token)", start: Double(index), end: Double(index + 1), probability: 1),
                tokens: [token])
        }
    }

    init(_ answer: @escaping (UtteranceRequest) throws -> UtteranceHypothesis) {
        self.answer = answer
    }

    func decode(_ request: UtteranceRequest, shouldStop: () -> Bool) throws -> UtteranceHypothesis {
        requests.append(request)
        return try answer(request)
    }

    func wordTimes(of tokens: [Int], language: String) throws -> [AlignedWord] {
        requests.last.map { times(tokens, $0) } ?? []
    }
}

extension UtteranceHypothesis {
    /// Words from a text whose words have a space before them each; a word's token is its hash.
    init(_ text: String, attended: [Double] = []) {
        let words = text.split(separator: " ").map { " \($0)" }
        self.init(
            words: words.enumerated().map { index, word in
                HypothesisWord(
                    text: word, tokens: [word.hashValue], attended: index < attended.count ? attended[index] : nil)
            }, language: "en")
    }
}

/// Sounds that the loudness detector takes for speech or silence.
enum Sound {
    static let rate = 16_000

    static func silence(_ seconds: Double) -> [Float] {
        noise(seconds, amplitude: 1e-4)
    }

    static func noise(_ seconds: Double, amplitude: Float) -> [Float] {
        var state: UInt64 = 7
        return (0..<Int(seconds * Double(rate))).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31 * amplitude
        }
    }

    static func speech(_ seconds: Double) -> [Float] { noise(seconds, amplitude: 0.3) }

    static func tone(_ seconds: Double, frequency: Double) -> [Float] {
        (0..<Int(seconds * Double(rate))).map { Float(0.3 * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
    }
}

extension Dictation {
    /// Feeds the sound in tenths of a second and gathers all events.
    mutating func events(of sound: [Float], finishing: Bool = true) throws -> [DictationEvent] {
        var events: [DictationEvent] = []
        for start in stride(from: 0, to: sound.count, by: 1_600) {
            try sound[start..<min(start + 1_600, sound.count)].withUnsafeBufferPointer {
                try append($0) { events.append($0) }
            }
        }
        if finishing { try finish { events.append($0) } }
        return events
    }
}

extension [DictationEvent] {
    var finals: [DictatedText] {
        compactMap { if case .final(let text) = $0 { text } else { nil } }
    }

    /// What a sink that inserts and erases ends up with, utterance by utterance.
    var written: [String] {
        var texts: [String] = [""]
        for event in self {
            switch event {
            case .committed(let text): texts[texts.count - 1] += text
            case .erased(let text):
                // An erasure with nothing to erase here means an earlier utterance.
                if texts[texts.count - 1].isEmpty {
                    if let index = texts.lastIndex(of: text) { texts[index] = "" }
                } else {
                    texts[texts.count - 1].removeLast(text.count)
                }
            case .final: texts.append("")
            default: break
            }
        }
        return texts.dropLast()
    }
}
