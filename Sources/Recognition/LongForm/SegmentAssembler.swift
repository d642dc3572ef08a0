/// Cuts a window's tokens into segments at its timestamps, and says where the next window begins.
struct SegmentAssembler<Vocabulary: DecodingVocabulary> {
    let vocabulary: Vocabulary

    struct Assembly: Sendable, Equatable {
        /// Without ids and words.
        var segments: [Segment]
        /// First frame of the next window.
        var nextSeek: Int
        /// The tokens end with one timestamp: nothing was said between it and the window's end.
        var endsWithSingleTimestamp: Bool
    }

    /// - Parameter keepsRemainder: keeps the text behind the last pair of timestamps as a segment up to the window's
    ///   end, for windows that are not decoded again from there.
    func callAsFunction(_ result: DecodingResult, window: SpeechWindow, keepsRemainder: Bool = false) -> Assembly {
        let tokens = result.tokens
        let begin = vocabulary.special.timestampBegin
        let isTimestamp = tokens.map { $0 >= begin }
        let endsWithSingle = isTimestamp.suffix(2) == [false, true]
        var cuts = isTimestamp.indices.dropFirst().filter { isTimestamp[$0 - 1] && isTimestamp[$0] }

        guard !cuts.isEmpty else {
            let segment = segment(tokens, 0, wholeDuration(of: tokens, window), window, result)
            return Assembly(segments: [segment], nextSeek: window.end, endsWithSingleTimestamp: endsWithSingle)
        }
        if endsWithSingle { cuts.append(tokens.count) }
        var segments: [Segment] = []
        var first = 0
        for cut in cuts {
            let start = position(tokens[first], begin)
            let end = position(tokens[cut - 1], begin)
            segments.append(
                segment(
                    Array(tokens[first..<cut]), Double(start) * MelTime.timestampPrecision,
                    Double(end) * MelTime.timestampPrecision, window, result))
            first = cut
        }
        var nextSeek = window.end
        if !endsWithSingle {
            nextSeek = window.seek + position(tokens[first - 1], begin) * MelTime.framesPerPosition
            if keepsRemainder, tokens[first...].contains(where: { $0 < vocabulary.special.endOfText }) {
                let start = Double(position(tokens[first], begin)) * MelTime.timestampPrecision
                segments.append(segment(Array(tokens[first...]), start, max(start, window.duration), window, result))
            }
        }
        return Assembly(segments: segments, nextSeek: nextSeek, endsWithSingleTimestamp: endsWithSingle)
    }

    /// Without pairs of timestamps, the last timestamp ends the one segment, if it says anything.
    private func wholeDuration(of tokens: [Int], _ window: SpeechWindow) -> Double {
        let begin = vocabulary.special.timestampBegin
        guard let last = tokens.last(where: { $0 >= begin }), last != begin else { return window.duration }
        return Double(last - begin) * MelTime.timestampPrecision
    }

    /// Timestamp in steps of 20 ms. Where the model was let speak without timestamps, text can stand in its place;
    /// it counts as the window's start.
    private func position(_ token: Int, _ begin: Int) -> Int {
        max(0, token - begin)
    }

    private func segment(
        _ tokens: [Int], _ start: Double, _ end: Double, _ window: SpeechWindow, _ result: DecodingResult
    ) -> Segment {
        let endOfText = vocabulary.special.endOfText
        return Segment(
            id: 0, seek: window.seek, start: window.timeOffset + start, end: window.timeOffset + end,
            text: vocabulary.decode(tokens.filter { $0 < endOfText }), tokens: tokens,
            temperature: result.temperature, averageLogProbability: result.averageLogProbability,
            compressionRatio: result.compressionRatio, noSpeechProbability: result.noSpeechProbability)
    }
}

extension Segment {
    /// Empties a segment that lasts no time or says nothing; it stays in the transcript, as in the reference.
    mutating func clearIfEmpty() {
        guard start == end || ReferenceText.strip(text).isEmpty else { return }
        text = ""
        tokens = []
        words = []
    }
}

extension [Segment] {
    /// When the last word ends; without words, when the last segment ends; nil without segments.
    var lastWordEnd: Double? {
        for segment in reversed() {
            if let word = segment.words?.last { return word.end }
        }
        return last?.end
    }
}
