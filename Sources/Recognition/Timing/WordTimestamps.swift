/// Gives the segments of one window their words, as the reference's `add_word_timestamps`.
struct WordTimestamps: Sendable {
    var punctuation = PunctuationMerging()
    /// Ids from here on are not text.
    var endOfText: Int

    /// Text tokens of all segments, one after the other: what is to be aligned.
    func textTokens(_ segments: [Segment]) -> [Int] {
        segments.flatMap { $0.tokens.filter { $0 < endOfText } }
    }

    /// Sets `words` of every segment and adjusts `start` and `end` to them.
    ///
    /// - Parameters:
    ///   - alignment: words of `textTokens(segments)`, times relative to the window.
    ///   - lastSpeech: end of the last speech before this window, in seconds.
    func attach(_ alignment: [WordTiming], to segments: inout [Segment], lastSpeech: Double) {
        guard let first = segments.first else { return }
        var alignment = alignment
        let durations = WordDurations(alignment)
        durations.truncateAtSentenceEnds(&alignment)
        punctuation.apply(to: &alignment)

        let timeOffset = MelTime.seconds(first.seek)
        var remaining = alignment[...]
        var lastSpeech = lastSpeech
        for index in segments.indices {
            var words = takeWords(for: segments[index], from: &remaining, timeOffset)
            durations.truncateAtSegmentBoundaries(&words, of: &segments[index], lastSpeech: lastSpeech)
            if !words.isEmpty { lastSpeech = segments[index].end }
            segments[index].words = words
        }
    }

    private func takeWords(
        for segment: Segment, from remaining: inout ArraySlice<WordTiming>, _ timeOffset: Double
    ) -> [Word] {
        let needed = segment.tokens.count { $0 < endOfText }
        var taken = 0
        var words: [Word] = []
        while taken < needed, let timing = remaining.popFirst() {
            taken += timing.tokens.count
            guard !timing.word.isEmpty else { continue }
            words.append(
                Word(
                    text: timing.word, start: Self.hundredths(timeOffset + timing.start),
                    end: Self.hundredths(timeOffset + timing.end), probability: timing.probability))
        }
        return words
    }

    /// Alignment of a few hundredths of a second of audio can begin one position before it; nothing begins before 0.
    private static func hundredths(_ seconds: Double) -> Double {
        max(0, (seconds * 100).rounded(.toNearestOrEven) / 100)
    }
}
