internal import Glibc

/// How probable it is that a window's spelling begins with given letters.
///
/// Source: Watanabe et al., "Hybrid CTC/attention architecture for end-to-end speech recognition" (2017), §IV-B,
/// algorithm 2. The sums over positions are kept only where they matter: within ``reach`` of the best.
struct SpellingPrefix: Sendable {
    /// Positions from `first` on: log-probability, behind the best spelling's, that the letters end there with a
    /// letter or with a blank.
    private var first: Int
    private var letter: [Float]
    private var blank: [Float]
    private var last: UInt8 = 0
    /// A separator was met; it is spelled when a letter follows.
    private var separated = false
    /// Log-probability of all spellings that begin with the letters.
    private(set) var logProbability: Float = 0

    /// Nats behind the best beyond which a position is forgotten.
    private static let reach: Float = 24
    /// What a letter or an end that is out of reach costs; no text is made impossible, since the head may be wrong.
    private static let most: Float = 2 * reach

    /// No letters yet.
    init(_ spelling: Spelling) {
        first = 0
        blank = []
        var sum: Float = 0
        for position in 0..<spelling.positions {
            sum += spelling.behind[position * spelling.width]
            blank.append(sum)
            if sum < -Self.reach { break }
        }
        letter = [Float](repeating: -.infinity, count: blank.count)
    }

    /// How many positions are remembered.
    var positionsKept: Int { blank.count }

    /// Log-probability that the letters are all that is spelled.
    func logProbabilityAtEnd(_ spelling: Spelling) -> Float {
        guard first + blank.count == spelling.positions, let letter = letter.last, let blank = blank.last else {
            return logProbability - Self.most
        }
        return max(Self.sum(letter, blank) + spelling.best[spelling.positions], logProbability - Self.most)
    }

    /// The prefix longer by a token's letters, a separator for each nil.
    func extended(by classes: [UInt8?], space: UInt8?, _ spelling: Spelling) -> SpellingPrefix {
        var result = self
        for next in classes {
            guard let next else {
                result.separated = true
                continue
            }
            if result.separated, result.last != 0, let space { result.append(space, spelling) }
            result.separated = false
            result.append(next, spelling)
        }
        return result
    }

    /// After something that is not spelled but ends a word.
    func separatedHere() -> SpellingPrefix {
        var result = self
        result.separated = true
        return result
    }

    private mutating func append(_ next: UInt8, _ spelling: Spelling) {
        let (width, end) = (spelling.width, first + blank.count)
        let isFirst = last == 0
        var letters: [Float] = []
        var blanks: [Float] = []
        letters.reserveCapacity(blank.count + 16)
        blanks.reserveCapacity(blank.count + 16)
        var start = isFirst ? 0 : first + 1
        var (atLetter, atBlank) = (-Float.infinity, -Float.infinity)
        var total = -Float.infinity
        var position = start
        while position < spelling.positions {
            let before = position - 1
            var arriving = -Float.infinity
            if before < 0 {
                arriving = isFirst ? 0 : arriving
            } else if before < end {
                arriving =
                    next == last ? blank[before - first] : Self.sum(blank[before - first], letter[before - first])
            } else if max(atLetter, atBlank) < -Self.reach {
                break
            }
            let spoken = spelling.behind[position * width + Int(next)]
            let newBlank = Self.sum(atBlank, atLetter) + spelling.behind[position * width]
            atLetter = Self.sum(atLetter, arriving) + spoken
            atBlank = newBlank
            total = Self.sum(total, arriving + spoken + spelling.best[position + 1])
            if letters.isEmpty, max(atLetter, atBlank) < -Self.most {
                start = position + 1
            } else {
                letters.append(atLetter)
                blanks.append(atBlank)
            }
            position += 1
        }
        (first, letter, blank, last) = (start, letters, blanks, next)
        logProbability = max(total, logProbability - Self.most)
    }

    /// log(eᵃ + eᵇ)
    private static func sum(_ a: Float, _ b: Float) -> Float {
        let (high, low) = a > b ? (a, b) : (b, a)
        guard high - low < 16 else { return high }
        return high + log1pf(expf(low - high))
    }
}
