import Glibc

/// Picks the candidate of the highest Σ log p, divided by its length or by the length penalty ((5 + length) / 6)^α
/// (Wu et al. 2016, arXiv:1609.08144); or of the highest score, where the search gave one.
struct MaximumLikelihoodRanker: Sendable {
    /// α; nil divides by the length itself.
    let lengthPenalty: Double?

    /// Index of the best candidate, the first of equals; nil if there is none.
    func best(_ candidates: [SearchCandidate]) -> Int? {
        var best: (index: Int, score: Double)?
        for (index, candidate) in candidates.enumerated() {
            let score = score(candidate)
            if let current = best, score <= current.score { continue }
            best = (index, score)
        }
        return best?.index
    }

    private func score(_ candidate: SearchCandidate) -> Double {
        if let score = candidate.score { return Double(score) }
        let length = Double(candidate.tokens.count)
        guard let lengthPenalty else {
            // The reference divides by zero here; an empty text should lose against any other.
            return length > 0 ? Double(candidate.sumLogProbability) / length : -.infinity
        }
        return Double(candidate.sumLogProbability) / pow((5 + length) / 6, lengthPenalty)
    }
}
