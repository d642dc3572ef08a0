/// Several windows at once: the recording is cut at quiet places, and no window is conditioned on another.
///
/// Not in the reference. Each window's text up to its end is kept, since nothing decodes it again. The initial prompt
/// goes before the first window, or before all if it is to be carried. Higher temperatures are tried only for the
/// windows that need them.
struct BatchedTranscription<Vocabulary: DecodingVocabulary> {
    let options: TranscriptionOptions
    let vocabulary: Vocabulary
    let language: String
    let recognizer: any WindowRecognizer
    let source: any MelWindowSource
    let windowFrames: Int
    let melBins: Int
    /// Where to go on; nil for the beginning.
    var checkpoint: TranscriptionCheckpoint?

    /// Transcribes all clips, or what is left of them; returns the tokens of the whole transcript.
    func run(collecting collector: inout TranscriptCollector) throws -> [Int] {
        var cutter = WindowCutter(
            clips: try ClipTimestamps(seconds: options.clipTimestamps), windowFrames: windowFrames, melBins: melBins,
            cursor: checkpoint?.cursor)
        let initialPrompt = options.initialPrompt.map(vocabulary.encodePrompt) ?? []
        var transcript = checkpoint?.tokens ?? []
        var lastSpeech = checkpoint?.cursor.lastSpeech ?? 0
        var isFirst = checkpoint == nil
        source.release(before: cutter.firstNeededFrame)
        while true {
            if Task.isCancelled { throw RecognitionError.cancelledDecoding }
            let windows = try cutter.next(options.batchSize, from: source)
            guard !windows.isEmpty else { return transcript }
            try recognizer.encode(windows)
            source.release(before: cutter.firstNeededFrame)
            let budget = WindowBudget(
                factor: options.windowBudget, seconds: MelTime.seconds(windowFrames) * Double(windows.count))
            let requests = windows.enumerated().map { index, window in
                DecodingRequest(
                    window: index, language: language,
                    prompt: options.carryInitialPrompt || (isFirst && index == 0) ? initialPrompt : [],
                    budget: budget, seed: options.seed &+ UInt64(window.seek))
            }
            isFirst = false
            let results = try options.fallback.decode(count: windows.count) { items, temperature in
                try recognizer.decode(items.map { requests[$0] }, temperature: temperature)
            }
            for (index, (window, result)) in zip(windows, results).enumerated() {
                let isSkipped = result.problem == nil && options.noSpeechRule.skips(result)
                if !isSkipped {
                    let segments = try segments(result, window, index, lastSpeech: &lastSpeech)
                    transcript += try collector.add(segments)
                }
                try collector.finish(window, result, isSkipped: isSkipped, through: window.end)
            }
            try collector.report(
                TranscriptionCursor(
                    language: language, clip: cutter.clip, seek: cutter.position, promptStart: 0,
                    lastSpeech: lastSpeech))
        }
    }

    private func segments(
        _ result: DecodingResult, _ window: SpeechWindow, _ index: Int, lastSpeech: inout Double
    ) throws -> [Segment] {
        if let problem = result.problem { return [Segment(without: problem, window)] }
        var segments = SegmentAssembler(vocabulary: vocabulary)(result, window: window, keepsRemainder: true).segments
        guard options.wordTimestamps else { return segments }
        let words = WordTimestamps(options, vocabulary)
        let alignment = try recognizer.alignWords(window: index, textTokens: words.textTokens(segments))
        words.attach(alignment, to: &segments, lastSpeech: lastSpeech)
        lastSpeech = segments.lastWordEnd ?? lastSpeech
        return segments
    }
}
