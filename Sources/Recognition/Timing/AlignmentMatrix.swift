import Glibc

/// How strongly each token attends to each audio position, from the scores of the alignment heads: softmax over the
/// positions that hold audio, each position normalised over the tokens, median-filtered along time, averaged over
/// heads.
struct AlignmentMatrix: Sendable {
    let tokens: Int
    let positions: Int
    /// `[tokens, positions]`.
    private(set) var values: [Float]

    /// - Parameters:
    ///   - pass: scores `[heads, tokens, positions]`.
    ///   - positions: how many positions hold audio; the others are padding and left out.
    init(_ pass: AlignmentPass, positions: Int, filter: MedianFilter = MedianFilter()) {
        tokens = pass.tokens
        self.positions = max(0, min(positions, pass.positions))
        values = [Float](repeating: 0, count: tokens * self.positions)
        guard pass.heads > 0, self.positions > 0, tokens > 0,
            pass.scores.count >= pass.heads * tokens * pass.positions
        else { return }
        for head in 0..<pass.heads {
            add(head: head, of: pass, filter)
        }
        let scale = 1 / Float(pass.heads)
        for index in values.indices {
            values[index] *= scale
        }
    }

    private mutating func add(head: Int, of pass: AlignmentPass, _ filter: MedianFilter) {
        var weights = [Float](repeating: 0, count: tokens * positions)
        for token in 0..<tokens {
            let source = (head * tokens + token) * pass.positions
            let row = Self.softmax(pass.scores[source..<source + positions])
            weights.replaceSubrange(token * positions..<(token + 1) * positions, with: row)
        }
        normalizeOverTokens(&weights)
        for token in 0..<tokens {
            var row = Array(weights[token * positions..<(token + 1) * positions])
            filter.apply(to: &row)
            for position in 0..<positions {
                values[token * positions + position] += row[position]
            }
        }
    }

    private static func softmax(_ scores: ArraySlice<Float>) -> [Float] {
        let largest = scores.max() ?? 0
        let weights = scores.map { expf($0 - largest) }
        let sum = Float(weights.reduce(0.0) { $0 + Double($1) })
        return weights.map { $0 / sum }
    }

    /// Mean 0 and population standard deviation 1 in every column.
    private func normalizeOverTokens(_ weights: inout [Float]) {
        let count = Double(tokens)
        var mean = [Double](repeating: 0, count: positions)
        var variance = mean
        for index in weights.indices {
            mean[index % positions] += Double(weights[index]) / count
        }
        for index in weights.indices {
            let deviation = Double(weights[index]) - mean[index % positions]
            variance[index % positions] += deviation * deviation / count
        }
        for index in weights.indices {
            let column = index % positions
            weights[index] = (weights[index] - Float(mean[column])) / Float(variance[column].squareRoot())
        }
    }
}
