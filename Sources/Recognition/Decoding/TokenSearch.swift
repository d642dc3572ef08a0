/// How the tokens of one window are chosen: a few sequences that fork, grow and end.
///
/// A search begins with one live sequence, the prompt, whatever its width is; it forks at the first update.
protocol TokenSearch: Sendable {
    /// What each live sequence has sampled so far.
    var live: [[Int]] { get }

    /// Chooses the next tokens from one row of filtered logits per live sequence. The result is the new live
    /// sequences, in order; none are left when the search has ended.
    mutating func update(_ rows: [LogitsRow]) -> [Continuation]

    /// The sequences to rank once the search has ended or was cut off.
    func candidates() -> [SearchCandidate]
}

/// A live sequence and how it came about: sequence `parent` of the previous step, longer by `token`.
struct Continuation: Sendable, Equatable {
    var parent: Int
    var token: Int
}

/// A sequence to rank.
struct SearchCandidate: Sendable, Equatable {
    /// Sampled tokens without `<|endoftext|>`.
    var tokens: [Int]
    /// Σ log p of the sampled tokens, with that of `<|endoftext|>` where it was sampled. Single precision, summed in
    /// order, as in the reference.
    var sumLogProbability: Float
    /// What ranks it, where more than the decoder counted.
    var score: Float?

    init(tokens: [Int], sumLogProbability: Float, score: Float? = nil) {
        self.tokens = tokens
        self.sumLogProbability = sumLogProbability
        self.score = score
    }
}
