/// What is usual for a word of this window, to judge which words are too long to be true.
struct WordDurations: Sendable, Equatable {
    /// Median duration of the words that have one, at most 0.7 s; 0 if none has.
    let median: Double
    /// Words beyond it are cut at the edges of sentences and segments: twice the median.
    var maximum: Double { median * 2 }
    /// Whether any word has a duration.
    let isKnown: Bool

    init(_ alignment: [WordTiming]) {
        let durations = alignment.map(\.duration).filter { $0 != 0 }.sorted()
        isKnown = !durations.isEmpty
        guard isKnown else {
            median = 0
            return
        }
        let middle = durations.count / 2
        let median =
            durations.count % 2 == 1 ? durations[middle] : (durations[middle - 1] + durations[middle]) / 2
        self.median = min(0.7, median)
    }

    /// Cuts words that are too long next to the end of a sentence: alignment stretches them over the pause.
    func truncateAtSentenceEnds(_ alignment: inout [WordTiming]) {
        guard isKnown else { return }
        let marks = ".。!！?？"
        for index in alignment.indices.dropFirst() where alignment[index].duration > maximum {
            if marks.containsAsReference(alignment[index].word) {
                alignment[index].end = alignment[index].start + maximum
            } else if marks.containsAsReference(alignment[index - 1].word) {
                alignment[index].start = alignment[index].end - maximum
            }
        }
    }

    /// Cuts words that are too long at the beginning or end of a segment, and moves the segment's own times to its
    /// words unless the words are the less credible of the two.
    ///
    /// - Parameter lastSpeech: when the segment before ended, in seconds.
    func truncateAtSegmentBoundaries(_ words: inout [Word], of segment: inout Segment, lastSpeech: Double) {
        guard !words.isEmpty else { return }
        truncateAfterPause(&words, lastSpeech: lastSpeech)
        if segment.start < words[0].end, segment.start - 0.5 > words[0].start {
            words[0].start = max(0, min(words[0].end - median, segment.start))
        } else {
            segment.start = words[0].start
        }
        let last = words.count - 1
        if segment.end > words[last].start, segment.end + 0.5 < words[last].end {
            words[last].end = max(words[last].start + median, segment.end)
        } else {
            segment.end = words[last].end
        }
    }

    private func truncateAfterPause(_ words: inout [Word], lastSpeech: Double) {
        guard words[0].end - lastSpeech > median * 4 else { return }
        let firstIsLong = words[0].end - words[0].start > maximum
        let firstTwoAreLong = words.count > 1 && words[1].end - words[0].start > maximum * 2
        guard firstIsLong || firstTwoAreLong else { return }
        if words.count > 1, words[1].end - words[1].start > maximum {
            let boundary = max(words[1].end / 2, words[1].end - maximum)
            words[0].end = boundary
            words[1].start = boundary
        }
        words[0].start = max(0, words[0].end - maximum)
    }
}
