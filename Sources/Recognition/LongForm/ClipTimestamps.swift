/// The parts of the recording that are to be transcribed.
struct ClipTimestamps: Sendable, Equatable {
    /// A part, in mel frames; `end` is nil for the end of the recording.
    struct Clip: Sendable, Equatable {
        var start: Int
        var end: Int?
    }

    let clips: [Clip]

    /// - Parameter seconds: start, end, start, end …; the last end may be missing. Empty means all.
    init(seconds: [Double]) throws(RecognitionError) {
        guard seconds.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw RecognitionError(
                .optionInvalid, "clip timestamps are \(seconds); give numbers of seconds from 0 up: start,end,start,…")
        }
        let points = seconds.isEmpty ? [0] : seconds.map(MelTime.frames)
        clips = stride(from: 0, to: points.count, by: 2).map {
            Clip(start: points[$0], end: $0 + 1 < points.count ? points[$0 + 1] : nil)
        }
    }
}
