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
            let first = token * positions
            let row = filter(weights[first..<first + positions])
            for position in 0..<positions {
                values[first + position] += row[position]
            }
        }
    }

    private static func softmax(_ scores: ArraySlice<Float>) -> [Float] {
        let largest = scores.max() ?? 0
        let weights = scores.map { expf($0 - largest) }
        let sum = Float(weights.reduce(0.0) { $0 + Double($1) })
        return weights.map { $0 / sum }
    }

    /// Mean 0 and population standard deviation 1 in every column. A column of equal values, such as the only one of
    /// a very short window, has no deviation and becomes not-a-number, as in the reference.
    private func normalizeOverTokens(_ weights: inout [Float]) {
        weights.withUnsafeMutableBufferPointer { weights in
            for column in 0..<positions {
                var sum = 0.0
                for index in stride(from: column, to: weights.count, by: positions) {
                    sum += Double(weights[index])
                }
                let mean = sum / Double(tokens)
                var squares = 0.0
                for index in stride(from: column, to: weights.count, by: positions) {
                    let deviation = Double(weights[index]) - mean
                    squares += deviation * deviation
                }
                let deviation = Float((squares / Double(tokens)).squareRoot())
                for index in stride(from: column, to: weights.count, by: positions) {
                    weights[index] = (weights[index] - Float(mean)) / deviation
                }
            }
        }
    }
}
