import Glibc
import Tensors

/// One row of logits, `[vocabularySize]`, that may be changed in place.
typealias LogitsRow = UnsafeMutableBufferPointer<Float>

/// A token id and its value in a row.
struct TokenCandidate: Equatable, Sendable {
    var token: Int
    var value: Float
}

/// The loops that run over whole vocabulary rows, once or more per decoded token.
///
/// Ranges are cut to the row, so that no token id, however it came about, reaches outside of it. A row in which
/// everything is masked has the maximum −∞.
enum LogitOperations {
    /// The largest value of a range; −∞ for an empty one.
    static func maximum(_ row: LogitsRow, in range: Range<Int>) -> Float {
        Reduction.maximum(part(range, of: row))
    }

    /// The largest value of the row and where it is first found; nil if nothing is above −∞.
    static func argmax(_ row: LogitsRow) -> TokenCandidate? {
        guard let index = Reduction.firstMaximum(UnsafeBufferPointer(row)), row.indices.contains(index),
            row[index] > -.infinity
        else { return nil }
        return TokenCandidate(token: index, value: row[index])
    }

    /// log Σ exp(x) over a range, without overflow; −∞ for an empty or wholly masked one.
    static func logSumExp(_ row: LogitsRow, in range: Range<Int>) -> Float {
        Reduction.logSumExp(part(range, of: row))
    }

    /// log Σ exp(x) over the whole row: what a logit is lowered by to become a log-probability.
    static func logSumExp(_ row: LogitsRow) -> Float {
        logSumExp(row, in: 0..<row.count)
    }

    /// The `count` largest values, largest first, earlier tokens before later ones of the same value. Masked entries
    /// fill the list only when nothing else is left.
    static func topCandidates(_ count: Int, of row: LogitsRow) -> [TokenCandidate] {
        let count = min(count, row.count)
        guard count > 0 else { return [] }
        var best: [TokenCandidate] = []
        best.reserveCapacity(count + 1)
        for blockStart in stride(from: 0, to: row.count, by: blockLength) {
            let block = blockStart..<min(blockStart + blockLength, row.count)
            // Almost all blocks are dismissed by their maximum.
            guard best.count < count || maximum(row, in: block) > best[count - 1].value else { continue }
            for index in block {
                let value = row[index]
                guard best.count < count || value > best[count - 1].value else { continue }
                var position = best.count
                while position > 0, best[position - 1].value < value {
                    position -= 1
                }
                best.insert(TokenCandidate(token: index, value: value), at: position)
                if best.count > count { best.removeLast() }
            }
        }
        return best
    }

    private static let blockLength = 512

    private static func part(_ range: Range<Int>, of row: LogitsRow) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(rebasing: row[range.clamped(to: 0..<row.count)])
    }

    /// Makes every token of a range impossible.
    static func mask(_ row: LogitsRow, in range: Range<Int>) {
        for index in range.clamped(to: 0..<row.count) {
            row[index] = -.infinity
        }
    }

    /// Makes the given tokens impossible.
    static func mask(_ row: LogitsRow, tokens: [Int]) {
        for token in tokens where row.indices.contains(token) {
            row[token] = -.infinity
        }
    }

    /// softmax(row)[token]; 0 if the token is outside of the row or everything is masked.
    static func probability(of token: Int, in row: LogitsRow) -> Float {
        guard row.indices.contains(token) else { return 0 }
        let normalizer = logSumExp(row)
        return normalizer > -.infinity ? expf(row[token] - normalizer) : 0
    }

    /// Draws a token from softmax(row / temperature): the first one whose cumulative weight exceeds `uniform`
    /// (`0 ..< 1`) of the sum; nil if everything is masked.
    static func sample(_ row: LogitsRow, temperature: Float, uniform: Double) -> Int? {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: blockLength) { scratch in
            let blocks = stride(from: 0, to: row.count, by: blockLength).map {
                $0..<min($0 + blockLength, row.count)
            }
            let logSums = blocks.map { logSumExp(scaled(row, $0, 1 / temperature, scratch), in: 0..<$0.count) }
            guard let largest = logSums.max(), largest > -.infinity else { return nil }
            let weights = logSums.map { exp(Double($0 - largest)) }
            var remaining = uniform * weights.reduce(0, +)
            var chosen: Range<Int>?
            for (block, weight) in zip(blocks, weights) where weight > 0 {
                chosen = block
                if remaining < weight { break }
                remaining -= weight
            }
            guard let chosen else { return nil }
            let values = scaled(row, chosen, 1 / temperature, scratch)
            var token: Int?
            for index in values.indices where values[index] > -.infinity {
                token = chosen.lowerBound + index
                remaining -= exp(Double(values[index] - largest))
                if remaining < 0 { break }
            }
            return token
        }
    }

    private static func scaled(
        _ row: LogitsRow, _ range: Range<Int>, _ factor: Float, _ scratch: UnsafeMutableBufferPointer<Float>
    ) -> LogitsRow {
        let first = range.lowerBound
        for index in 0..<range.count {
            scratch[index] = row[first + index] * factor
        }
        return LogitsRow(rebasing: scratch[..<range.count])
    }
}
