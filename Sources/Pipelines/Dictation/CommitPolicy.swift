import Recognition

/// When a word of a growing utterance is certain enough to be given out for good.
public enum CommitPolicy: String, Sendable, CaseIterable {
    /// When two hypotheses in a row agree on it and on everything before it (Liu et al., "Low-Latency
    /// Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis Selection", 2020).
    case localAgreement = "local-agreement"
    /// When the decoder, choosing it, attended to sound that lies far enough before the end (Papi et al., "AlignAtt",
    /// 2023).
    case alignAtt = "align-att"
}

/// The rule that two hypotheses in a row must agree.
struct LocalAgreement: Sendable {
    /// The last hypothesis, without what has been committed.
    private var previous: [HypothesisWord] = []

    /// How many of the words that follow what has been committed can be committed now.
    mutating func agreed(_ words: [HypothesisWord]) -> Int {
        var count = 0
        while count < words.count, count < previous.count, words[count].tokens == previous[count].tokens { count += 1 }
        count = words.withoutPunctuationAtEnd(of: count)
        previous = Array(words[count...])
        return count
    }

    /// A new window begins.
    mutating func reset() {
        previous = []
    }
}

/// The rule that a word must have been heard well before the end of the sound.
struct AlignAtt: Sendable {
    /// Seconds at the end of the sound that words may not attend to: 25 positions of 20 ms, as in the paper's
    /// successors.
    var margin = 0.5

    /// How many of the words that follow what has been committed can be committed now.
    ///
    /// - Parameter seconds: length of the sound.
    func attended(_ words: [HypothesisWord], seconds: Double) -> Int {
        let limit = seconds - margin
        let count = words.firstIndex { word in word.attended.map { $0 > limit } ?? true } ?? words.count
        return words.withoutPunctuationAtEnd(of: count)
    }
}

extension [HypothesisWord] {
    /// The first `count` words less the punctuation that they end with: what stands at the end of a sound is often a
    /// full stop that the next words turn into nothing.
    fileprivate func withoutPunctuationAtEnd(of count: Int) -> Int {
        var count = count
        while count > 0, self[count - 1].isPunctuation { count -= 1 }
        return count
    }
}
