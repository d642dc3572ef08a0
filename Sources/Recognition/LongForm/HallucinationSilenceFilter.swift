/// Skips silence in which the model seems to have made up words: words that are improbable, too short or too long.
///
/// Needs word timestamps. Follows the reference step by step, in its order.
struct HallucinationSilenceFilter: Sendable {
    /// Silence that is longer, in seconds, is skipped when it surrounds a suspicious segment.
    let threshold: Double

    /// What the filter knows of the window.
    struct Context {
        var window: SpeechWindow
        /// End of a full window that begins here, in seconds, whatever the recording's end.
        var windowEndTime: Double
        var endsWithSingleTimestamp: Bool
        /// End of the last speech before this window, in seconds.
        var lastSpeech: Double
    }

    enum Decision: Equatable {
        /// Keep the remaining segments and go on at a frame.
        case keep(nextSeek: Int)
        /// Forget the whole window and go on at a frame.
        case skip(nextSeek: Int)
    }

    /// Removes suspicious segments at the end of `segments` and decides where to go on.
    ///
    /// - Parameters:
    ///   - nextSeek: where to go on so far.
    ///   - contentFrames: the recording's number of frames, if it ends before the given frame.
    func apply(
        to segments: inout [Segment], nextSeek: Int, context: Context, contentFrames: (_ before: Int) throws -> Int?
    ) rethrows -> Decision {
        var nextSeek = seekAfterSpeech(segments, nextSeek, context)
        let timeOffset = context.window.timeOffset
        if let first = segments.first(where: \.hasWords), Self.isAnomalous(first),
            first.start - timeOffset > threshold
        {
            return .skip(nextSeek: context.window.seek + MelTime.frames(first.start - timeOffset))
        }
        var lastEnd = context.lastSpeech
        for index in segments.indices where segments[index].hasWords {
            let segment = segments[index]
            if Self.isAnomalous(segment), isSurroundedBySilence(index, segments, lastEnd, context) {
                nextSeek = MelTime.frames(max(timeOffset + 1, segment.start))
                if let content = try contentFrames(MelTime.frames(segment.end + threshold) + 2),
                    MelTime.seconds(content) - segment.end < threshold
                {
                    nextSeek = content
                }
                segments.removeSubrange(index...)
                break
            }
            lastEnd = segment.end
        }
        return .keep(nextSeek: nextSeek)
    }

    /// Goes on after the last word if the silence behind it is long enough, else after the window.
    private func seekAfterSpeech(_ segments: [Segment], _ nextSeek: Int, _ context: Context) -> Int {
        guard !context.endsWithSingleTimestamp, let lastEnd = segments.lastWordEnd,
            lastEnd > context.window.timeOffset
        else { return nextSeek }
        return context.windowEndTime - lastEnd > threshold ? MelTime.frames(lastEnd) : context.window.end
    }

    private func isSurroundedBySilence(
        _ index: Int, _ segments: [Segment], _ lastEnd: Double, _ context: Context
    ) -> Bool {
        let segment = segments[index]
        let next = segments[(index + 1)...].first(where: \.hasWords)
        let timeOffset = context.window.timeOffset
        let nextStart = next?.words?.first?.start ?? timeOffset + context.window.duration
        let silenceBefore =
            segment.start - lastEnd > threshold || segment.start < threshold || segment.start - timeOffset < 2
        let silenceAfter =
            nextStart - segment.end > threshold || next.map(Self.isAnomalous) ?? false
            || context.windowEndTime - segment.end < 2
        return silenceBefore && silenceAfter
    }

    /// Whether the first eight words are suspicious on the whole.
    static func isAnomalous(_ segment: Segment) -> Bool {
        guard let all = segment.words, !all.isEmpty else { return false }
        let words = all.filter { !punctuation.containsAsReference($0.text) }.prefix(8)
        let score = words.reduce(0) { $0 + anomalyScore($1) }
        return score >= 3 || score + 0.01 >= Double(words.count)
    }

    /// How improbable, short or long a word is.
    static func anomalyScore(_ word: Word) -> Double {
        let duration = word.end - word.start
        var score = 0.0
        if word.probability < 0.15 { score += 1 }
        if duration < 0.133 { score += (0.133 - duration) * 15 }
        if duration > 2 { score += duration - 2 }
        return score
    }

    private static let punctuation = PunctuationMerging.defaultPrepended + PunctuationMerging.defaultAppended
}

extension Segment {
    fileprivate var hasWords: Bool { words?.isEmpty == false }
}
