import Glibc
import Tensors

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
        var weights = [Float](repeating: 0, count: values.count)
        for head in 0..<pass.heads {
            weights.withUnsafeMutableBufferPointer { weights in
                softmax(head: head, of: pass, into: weights)
                normalizeOverTokens(weights)
                filterAndAdd(weights, filter)
            }
        }
        let scale = 1 / Float(pass.heads)
        for index in values.indices {
            values[index] *= scale
        }
    }

    /// Weights `[tokens, positions]` of one head, each row over the positions that hold audio.
    private func softmax(head: Int, of pass: AlignmentPass, into weights: UnsafeMutableBufferPointer<Float>) {
        pass.scores.withUnsafeBufferPointer { scores in
            for token in 0..<tokens {
                let source = UnsafeBufferPointer(
                    rebasing: scores[(head * tokens + token) * pass.positions..<scores.count].prefix(positions))
                let largest = Reduction.maximum(source)
                var sum = 0.0
                for position in 0..<positions {
                    let weight = expf(source[position] - largest)
                    weights[token * positions + position] = weight
                    sum += Double(weight)
                }
                let total = Float(sum)
                for position in token * positions..<(token + 1) * positions {
                    weights[position] /= total
                }
            }
        }
    }

    /// Mean 0 and population standard deviation 1 in every column. A column of equal values, such as the only one of
    /// a very short window, has no deviation and becomes not-a-number, as in the reference.
    private func normalizeOverTokens(_ weights: UnsafeMutableBufferPointer<Float>) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * positions) { sums in
            let mean = UnsafeMutableBufferPointer(rebasing: sums[..<positions])
            let deviation = UnsafeMutableBufferPointer(rebasing: sums[positions...])
            sums.initialize(repeating: 0)
            forEachCell { mean[$1] += Double(weights[$0]) }
            for column in 0..<positions {
                mean[column] /= Double(tokens)
            }
            forEachCell { deviation[$1] += (Double(weights[$0]) - mean[$1]) * (Double(weights[$0]) - mean[$1]) }
            for column in 0..<positions {
                deviation[column] = (deviation[column] / Double(tokens)).squareRoot()
            }
            forEachCell { weights[$0] = (weights[$0] - Float(mean[$1])) / Float(deviation[$1]) }
        }
    }

    /// Calls `body` with the index of every cell and its column.
    @inline(__always)
    private func forEachCell(_ body: (_ index: Int, _ column: Int) -> Void) {
        for token in 0..<tokens {
            for column in 0..<positions {
                body(token * positions + column, column)
            }
        }
    }

    private mutating func filterAndAdd(_ weights: UnsafeMutableBufferPointer<Float>, _ filter: MedianFilter) {
        var padded: [Float] = []
        values.withUnsafeMutableBufferPointer { values in
            for token in 0..<tokens {
                let row = token * positions..<(token + 1) * positions
                filter.apply(to: UnsafeMutableBufferPointer(rebasing: weights[row]), padded: &padded)
            }
            for index in values.indices {
                values[index] += weights[index]
            }
        }
    }
}
