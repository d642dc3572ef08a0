/// Beam search in which decoder, spelling head and language model vote on each token (``JointDecoding``).
///
/// The decoder alone may skip or repeat parts; the spelling, which goes through the sound from left to right, does
/// not. Timestamps are for the decoder to choose, which says by all of them together whether it is time for one.
struct JointBeamSearch: TokenSearch {
    private struct Beam {
        var tokens: [Int] = []
        /// Σ log p by the decoder alone, from which the plausibility of the text is judged.
        var decoder: Float = 0
        /// Score without the spelling's part.
        var score: Float = 0
        var spelling: SpellingPrefix
        var language: NGramModel.Context?
        /// Nothing was written since the last timestamp, so that no sentence is left to end.
        var isClosed = true

        func total(_ weight: Float) -> Float { score + weight * spelling.logProbability }
    }

    private struct Proposal {
        var parent: Int
        var token: Int
        var beam: Beam
        var total: Float
    }

    private let joint: JointDecoding
    private let spelling: Spelling
    private let timestampBegin: Int
    private var beams: [Beam]
    private var finished: [SearchCandidate] = []

    var live: [[Int]] { beams.map(\.tokens) }

    /// - Parameter decided: the text that the window begins with, after the start tokens.
    init(_ joint: JointDecoding, spelling: Spelling, timestampBegin: Int, decided: [Int]) {
        self.joint = joint
        self.spelling = spelling
        self.timestampBegin = timestampBegin
        var beam = Beam(spelling: SpellingPrefix(spelling), language: joint.language?.start())
        for token in decided { Self.append(token, to: &beam, joint, spelling) }
        beam.tokens = []
        beams = [beam]
    }

    mutating func update(_ rows: [LogitsRow]) -> [Continuation] {
        var proposals: [Proposal] = []
        for (index, row) in rows.enumerated() { propose(beams[index], index, row, into: &proposals) }
        proposals.sort { ($0.total, $1.parent) > ($1.total, $0.parent) }
        var next: [Proposal] = []
        for proposal in proposals where next.count < joint.weights.beams {
            guard proposal.token == joint.endOfText else {
                next.append(proposal)
                continue
            }
            finished.append(
                SearchCandidate(
                    tokens: proposal.beam.tokens, sumLogProbability: proposal.beam.decoder, score: proposal.total))
        }
        beams = next.map(\.beam)
        return isOver ? [] : next.map { Continuation(parent: $0.parent, token: $0.token) }
    }

    func candidates() -> [SearchCandidate] {
        guard finished.isEmpty else { return finished }
        return beams.map {
            SearchCandidate(tokens: $0.tokens, sumLogProbability: $0.decoder, score: $0.total(joint.weights.spelling))
        }
    }

    /// Scores fall with each token but for what a token is given, so that little is won by going on much behind.
    private static let margin: Float = 3

    private var isOver: Bool {
        guard let ended = finished.compactMap(\.score).max() else { return beams.isEmpty }
        let going = beams.map { $0.total(joint.weights.spelling) }.max() ?? -.infinity
        return ended > going + Self.margin
    }

    // MARK: Steps

    private func propose(_ beam: Beam, _ parent: Int, _ logits: LogitsRow, into proposals: inout [Proposal]) {
        let normalizer = LogitOperations.logSumExp(logits)
        guard normalizer > -.infinity else { return }
        let weights = joint.weights
        let language = expected(beam)
        let share = 1 - weights.spelling
        gatherTimes(logits)
        for token in logits.indices { logits[token] = share * (logits[token] - normalizer) }
        for token in 0..<min(joint.endOfText, logits.count) {
            logits[token] += weights.language * language[token] + weights.token
        }
        let ending = beam.isClosed ? 0 : weights.language * language[joint.endOfText]
        for token in joint.endOfText..<max(joint.endOfText, logits.count) { logits[token] += ending }
        for candidate in LogitOperations.topCandidates(JointDecoding.proposals, of: logits)
        where candidate.value > -.infinity {
            let token = candidate.token
            var next = beam
            next.score += candidate.value
            let isText = token < joint.endOfText
            let added = isText ? weights.language * language[token] + weights.token : ending
            next.decoder += (candidate.value - added) / share
            var total = next.score
            if token == joint.endOfText {
                total += weights.spelling * beam.spelling.logProbabilityAtEnd(spelling)
            } else {
                Self.append(token, to: &next, joint, spelling)
                total += weights.spelling * next.spelling.logProbability
            }
            proposals.append(Proposal(parent: parent, token: token, beam: next, total: total))
        }
    }

    /// What the language model says of each token of text, and of the end.
    private func expected(_ beam: Beam) -> [Float] {
        var row = [Float](repeating: 0, count: joint.endOfText + 1)
        if let context = beam.language {
            row.withUnsafeMutableBufferPointer { joint.language?.logProbabilities(after: context, into: $0) }
        }
        return row
    }

    /// Leaves the likeliest timestamp, with the probability of all.
    private func gatherTimes(_ logits: LogitsRow) {
        let times = min(timestampBegin, logits.count)..<logits.count
        guard let best = times.max(by: { logits[$0] < logits[$1] }) else { return }
        let all = LogitOperations.logSumExp(logits, in: times)
        LogitOperations.mask(logits, in: times)
        logits[best] = all
    }

    private static func append(_ token: Int, to beam: inout Beam, _ joint: JointDecoding, _ spelling: Spelling) {
        beam.tokens.append(token)
        guard token < joint.endOfText else {
            // A timestamp closes a sentence or opens one.
            beam.spelling = beam.spelling.separatedHere()
            if !beam.isClosed { beam.language = joint.language?.start() }
            beam.isClosed = true
            return
        }
        beam.isClosed = false
        beam.spelling = beam.spelling.extended(by: joint.letters[token], space: joint.space, spelling)
        beam.language = beam.language.flatMap { joint.language?.advance($0, by: token) }
    }
}
