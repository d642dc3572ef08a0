import Glibc

@testable import Recognition

/// Differences between a result and the golden one, in words short enough for a test's message. Tolerances are those
/// that the golden data's README states.
enum GoldenDifferences {
    static let segmentTime = 0.01
    static let wordTime = 0.03
    static let logProbability = 1e-3
    /// Of probabilities that follow from logits, which may differ by 1e-2 each.
    static let relativeProbability = 0.02

    static func between(_ actual: DecodingResult, _ expected: GoldenExpectations.Decoding) -> [String] {
        var list = tokens(actual.tokens, expected.tokens, "tokens")
        list += text(actual.text, expected.text, "text")
        list += value(
            actual.averageLogProbability, expected.averageLogProbability, within: logProbability, "avg_logprob")
        list += probability(actual.noSpeechProbability, expected.noSpeechProbability, "no_speech_prob")
        list += value(actual.compressionRatio, expected.compressionRatio, within: 1e-6, "compression_ratio")
        return list
    }

    static func between(_ actual: Transcript, _ expected: GoldenExpectations.Transcription) -> [String] {
        var list = text(actual.text, expected.text, "text")
        if actual.language != expected.language { list.append("language \(actual.language)") }
        if actual.segments.count != expected.segments.count {
            list.append("\(actual.segments.count) segments, expected \(expected.segments.count)")
        }
        for (index, (left, right)) in zip(actual.segments, expected.segments).enumerated() {
            if left.id != index { list.append("segment \(index) has id \(left.id)") }
            list += segment(left, right).map { "segment \(index): \($0)" }
        }
        return list
    }

    private static func segment(_ actual: Segment, _ expected: GoldenExpectations.Segment) -> [String] {
        var list = tokens(actual.tokens, expected.tokens, "tokens")
        if actual.seek != expected.seek { list.append("seek \(actual.seek), expected \(expected.seek)") }
        list += value(actual.start, expected.start, within: segmentTime, "start")
        list += value(actual.end, expected.end, within: segmentTime, "end")
        list += text(actual.text, expected.text, "text")
        list += value(
            actual.averageLogProbability, expected.averageLogProbability, within: logProbability, "avg_logprob")
        list += probability(actual.noSpeechProbability, expected.noSpeechProbability, "no_speech_prob")
        let (left, right) = (actual.words ?? [], expected.words ?? [])
        if (actual.words == nil) != (expected.words == nil) { list.append("words are there in one only") }
        if left.count != right.count { list.append("\(left.count) words, expected \(right.count)") }
        for (index, (left, right)) in zip(left, right).enumerated() {
            list += word(left, right).map { "word \(index): \($0)" }
        }
        return list
    }

    private static func word(_ actual: Word, _ expected: GoldenExpectations.Word) -> [String] {
        text(actual.text, expected.text, "text")
            + value(actual.start, expected.start, within: wordTime, "start")
            + value(actual.end, expected.end, within: wordTime, "end")
            + probability(actual.probability, expected.probability, "probability")
    }

    static func tokens(_ actual: [Int], _ expected: [Int], _ name: String) -> [String] {
        guard actual != expected else { return [] }
        let place = zip(actual, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let what = place.map { "first at \($0): \(actual[$0]), expected \(expected[$0])" } ?? "one begins as the other"
        return ["\(name) differ (\(actual.count) of \(expected.count), \(what))"]
    }

    /// By bytes: Swift's equality takes different spellings of a character for the same.
    static func text(_ actual: String, _ expected: String, _ name: String) -> [String] {
        guard !actual.utf8.elementsEqual(expected.utf8) else { return [] }
        return ["\(name) \"\(actual.prefix(40))\", expected \"\(expected.prefix(40))\""]
    }

    static func value(_ actual: Double, _ expected: Double, within tolerance: Double, _ name: String) -> [String] {
        // Written so that a NaN is a difference; the smallest term lets 12.34 and 12.35 count as 0.01 apart.
        abs(actual - expected) <= tolerance + 1e-9 ? [] : ["\(name) \(actual), expected \(expected)"]
    }

    static func probability(_ actual: Double, _ expected: Double, _ name: String) -> [String] {
        abs(actual - expected) <= relativeProbability * expected + 1e-12
            ? [] : ["\(name) \(actual), expected \(expected)"]
    }

    /// The largest absolute difference; infinite when the counts differ or a value is not a number.
    static func distance(_ actual: [Float], _ expected: [Float]) -> Float {
        guard actual.count == expected.count else { return .infinity }
        var largest: Float = 0
        for index in actual.indices {
            let difference = abs(actual[index] - expected[index])
            guard difference <= largest || difference > largest else { return .infinity }
            largest = max(largest, difference)
        }
        return largest
    }
}
