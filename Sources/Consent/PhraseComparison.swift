/// Whether a transcript is a reading of a phrase: the statement nearly word for word, the name by its sound, the one-time
/// words exactly.
struct PhraseComparison {
    /// Wrong, missing and additional words of the statement, for each of its words.
    let errorRate: Double
    /// 0 … 1, between the name and what was heard in its place.
    let nameDistance: Double
    /// One-time words that were not heard where they belong.
    let missing: [String]

    static let mostErrors = 0.2
    static let farthestName = 0.3

    init(_ phrase: ChallengePhrase, transcript: String) {
        let heard = SpokenWords.of(transcript)
        let (start, missing) = Self.oneTimePart(phrase.words, heard)
        self.missing = missing
        guard missing.isEmpty else {
            // The rest does not matter.
            (errorRate, nameDistance) = (1, 1)
            return
        }
        let fixed = FixedPart(
            opening: SpokenWords.of(phrase.opening), name: SpokenWords.of(phrase.name),
            statement: SpokenWords.of(phrase.statement))
        (errorRate, nameDistance) = fixed.compare(with: Array(heard[..<start]))
    }

    /// - Throws: ``ConsentError/Code/phraseMismatch`` with the one-time words that were not heard.
    func check() throws(ConsentError) {
        guard missing.isEmpty else {
            var error = ConsentError(
                .phraseMismatch, "not all of the words of today were heard, in their order and at the end")
            error.words = missing
            throw error
        }
        guard errorRate <= Self.mostErrors else {
            throw ConsentError(.phraseMismatch, "what was read is not the statement; read it as it stands")
        }
        guard nameDistance <= Self.farthestName else {
            throw ConsentError(.phraseMismatch, "the name that was read is another one")
        }
    }

    /// Where the one-time words begin in what was heard, and those that are not there.
    ///
    /// They are the end of it. A word that was written as two, as in `snow flake`, is the same word.
    private static func oneTimePart(_ words: [String], _ heard: [String]) -> (start: Int, missing: [String]) {
        let wanted = words.joined()
        var tail = ""
        for start in heard.indices.reversed() {
            tail = canonical(heard[start]) + tail
            if tail == wanted { return (start, []) }
            if tail.utf8.count >= wanted.utf8.count { break }
        }
        let last = max(0, heard.count - words.count)
        let ending = heard[last...].map(canonical)
        let missing = words.enumerated().filter { index, word in
            !ending.indices.contains(index) || ending[index] != word
        }
        // Spread over other places, all of them may be there and the phrase is still not what was read.
        return (last, missing.isEmpty ? words : missing.map(\.element))
    }

    fileprivate static func canonical(_ word: String) -> String { ChallengeWords.spellings[word] ?? word }
}

extension ChallengePhrase {
    /// Where the one-time words begin among words that a recogniser heard; nil where they are not the end of them.
    public func oneTimeStart(in heard: [String]) -> Int? {
        let wanted = words.joined()
        for start in heard.indices.reversed() {
            let tail = SpokenWords.of(heard[start...].joined(separator: " ")).map(PhraseComparison.canonical).joined()
            if tail == wanted { return start }
            if tail.utf8.count >= wanted.utf8.count { return nil }
        }
        return nil
    }
}

/// The part of a phrase that is no secret: a name between two texts.
private struct FixedPart {
    let opening: [String]
    let name: [String]
    let statement: [String]

    /// The best reading: where the name lies in what was heard is whatever gives the fewest errors around it.
    func compare(with heard: [String]) -> (errorRate: Double, nameDistance: Double) {
        let before = Self.errors(opening, heard)
        let after = Array(Self.errors(statement.reversed(), heard.reversed()).reversed())
        let key = PhoneticKey(name.joined())
        var best = (cost: Double.infinity, errors: 0, distance: 1.0)
        for start in 0...heard.count {
            for end in start...min(heard.count, start + name.count + 2) {
                let errors = before[start] + after[end]
                let distance = key.distance(to: PhoneticKey(heard[start..<end].joined()))
                let cost = Double(errors) + distance * Double(name.count)
                if cost < best.cost { best = (cost, errors, distance) }
            }
        }
        return (Double(best.errors) / Double(opening.count + statement.count), best.distance)
    }

    /// Edits between `words` and the first 0, 1, 2 … words of what was heard.
    private static func errors(_ words: [String], _ heard: [String]) -> [Int] {
        var row = Array(0...heard.count)
        for (index, word) in words.enumerated() {
            var next = [index + 1]
            for (place, other) in heard.enumerated() {
                next.append(min(row[place] + (word == other ? 0 : 1), min(row[place + 1], next[place]) + 1))
            }
            row = next
        }
        return row
    }
}
