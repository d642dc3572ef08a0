/// Numbers segments as they become final, reports them and keeps them for the transcript.
struct TranscriptCollector {
    private(set) var segments: [Segment] = []
    private let onEvent: (TranscriptionEvent) throws -> Void

    /// - Parameter segments: what an earlier run reported already.
    init(segments: [Segment] = [], onEvent: @escaping (TranscriptionEvent) throws -> Void) {
        self.segments = segments
        self.onEvent = onEvent
    }

    /// Takes a window's segments, empties those without content, and returns their tokens.
    mutating func add(_ windowSegments: [Segment]) throws -> [Int] {
        var tokens: [Int] = []
        for var segment in windowSegments {
            segment.clearIfEmpty()
            segment.id = segments.count
            segments.append(segment)
            tokens += segment.tokens
            try onEvent(.segment(segment))
        }
        return tokens
    }

    /// Reports that a new run could go on from here.
    func report(_ cursor: TranscriptionCursor) throws {
        try onEvent(.checkpoint(cursor))
    }

    /// Reports the end of a window and how far the recording is transcribed.
    func finish(_ window: SpeechWindow, _ result: DecodingResult, isSkipped: Bool, through frame: Int) throws {
        try onEvent(
            .windowDone(
                WindowSummary(
                    start: window.timeOffset, end: MelTime.seconds(window.end), temperature: result.temperature,
                    noSpeechProbability: result.noSpeechProbability, isSkipped: isSkipped)))
        try onEvent(.progress(seconds: MelTime.seconds(frame)))
    }
}
