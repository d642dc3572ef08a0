/// Beam search with patience, candidate for candidate as the reference's `BeamSearchDecoder`.
///
/// Each beam proposes its `beamSize + 1` most probable tokens. All proposals are ranked by their sums of
/// log-probabilities, equal ones in order of beam and rank; ended ones met before `beamSize` others are collected
/// until there are `beamSize · patience` (rounded) of them, which ends the search.
struct BeamSearch: TokenSearch {
    private struct Proposal {
        var beam: Int
        var token: Int
        var sum: Float
    }

    private let beamSize: Int
    private let maxCandidates: Int
    private let endOfText: Int
    private(set) var live: [[Int]] = [[]]
    private var sums: [Float] = [0]
    private var finished: [SearchCandidate] = []

    init(beamSize: Int, patience: Double?, endOfText: Int) {
        self.beamSize = beamSize
        let patience = patience.flatMap { $0 == 0 ? nil : $0 } ?? 1
        maxCandidates = max(1, Int((Double(beamSize) * patience).rounded(.toNearestOrEven)))
        self.endOfText = endOfText
    }

    mutating func update(_ rows: [LogitsRow]) -> [Continuation] {
        var continuations: [Continuation] = []
        var nextLive: [[Int]] = []
        var nextSums: [Float] = []
        for proposal in ranked(rows) {
            if proposal.token == endOfText {
                if finished.count < maxCandidates {
                    finished.append(SearchCandidate(tokens: live[proposal.beam], sumLogProbability: proposal.sum))
                }
                continue
            }
            continuations.append(Continuation(parent: proposal.beam, token: proposal.token))
            nextLive.append(live[proposal.beam] + [proposal.token])
            nextSums.append(proposal.sum)
            if nextLive.count == beamSize { break }
        }
        live = nextLive
        sums = nextSums
        return finished.count >= maxCandidates ? [] : continuations
    }

    /// The collected sequences and, if they are fewer than the beams, the best of those cut off.
    func candidates() -> [SearchCandidate] {
        var candidates = finished
        let ascending = sums.indices.sorted { (sums[$0], $0) < (sums[$1], $1) }
        for beam in ascending.reversed() where candidates.count < beamSize {
            candidates.append(SearchCandidate(tokens: live[beam], sumLogProbability: sums[beam]))
        }
        return candidates
    }

    private func ranked(_ rows: [LogitsRow]) -> [Proposal] {
        var proposals: [Proposal] = []
        for (beam, row) in rows.enumerated() {
            let normalizer = LogitOperations.logSumExp(row)
            for candidate in LogitOperations.topCandidates(beamSize + 1, of: row) {
                let logProbability = candidate.value > -.infinity ? candidate.value - normalizer : -.infinity
                proposals.append(Proposal(beam: beam, token: candidate.token, sum: sums[beam] + logProbability))
            }
        }
        let order = proposals.indices.sorted {
            proposals[$0].sum == proposals[$1].sum ? $0 < $1 : proposals[$0].sum > proposals[$1].sum
        }
        return order.map { proposals[$0] }
    }
}
