/// Takes the most probable token at temperature 0; above, draws `group` independent samples from
/// softmax(logits / temperature).
///
/// Log-probabilities are those of temperature 1. The reference draws with PyTorch's generator, this decoder with its
/// own (`SamplingGenerator`), so the sampled tokens differ from the reference's although their distribution is the
/// same.
struct GreedyDecoder: TokenSearch {
    private struct Sequence {
        var tokens: [Int] = []
        var sumLogProbability: Float = 0
        var generator: SamplingGenerator
    }

    private let temperature: Float
    private let endOfText: Int
    private var sequences: [Sequence]
    /// Indices into `sequences`, one per live row; before the first update all share row 0.
    private var unfinished: [Int]
    private var hasForked = false

    init(temperature: Double, group: Int, endOfText: Int, seed: UInt64) {
        self.temperature = Float(temperature)
        self.endOfText = endOfText
        sequences = (0..<group).map { Sequence(generator: SamplingGenerator(seed: seed, stream: UInt64($0))) }
        unfinished = Array(0..<group)
    }

    var live: [[Int]] {
        hasForked ? unfinished.map { sequences[$0].tokens } : [[]]
    }

    mutating func update(_ rows: [LogitsRow]) -> [Continuation] {
        var continuations: [Continuation] = []
        var stillUnfinished: [Int] = []
        for (position, index) in unfinished.enumerated() {
            let parent = hasForked ? position : 0
            let token = choose(from: rows[parent], for: index)
            sequences[index].sumLogProbability += logProbability(of: token, in: rows[parent])
            guard token != endOfText else { continue }
            sequences[index].tokens.append(token)
            stillUnfinished.append(index)
            continuations.append(Continuation(parent: parent, token: token))
        }
        unfinished = stillUnfinished
        hasForked = true
        return continuations
    }

    func candidates() -> [SearchCandidate] {
        sequences.map { SearchCandidate(tokens: $0.tokens, sumLogProbability: $0.sumLogProbability) }
    }

    /// A wholly masked row ends the text: no other choice is left.
    private mutating func choose(from row: LogitsRow, for index: Int) -> Int {
        guard temperature > 0 else { return LogitOperations.argmax(row)?.token ?? endOfText }
        let uniform = sequences[index].generator.nextUniform()
        return LogitOperations.sample(row, temperature: temperature, uniform: uniform) ?? endOfText
    }

    private func logProbability(of token: Int, in row: LogitsRow) -> Float {
        let normalizer = LogitOperations.logSumExp(row)
        guard normalizer > -.infinity, row.indices.contains(token) else { return 0 }
        return row[token] - normalizer
    }
}
