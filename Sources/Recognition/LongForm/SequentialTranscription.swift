/// Window after window, each beginning where the text of the last one ended: the reference's `transcribe()`.
struct SequentialTranscription<Vocabulary: DecodingVocabulary> {
    let options: TranscriptionOptions
    let vocabulary: Vocabulary
    let language: String
    let recognizer: any WindowRecognizer
    let source: any MelWindowSource
    /// Frames of a full window.
    let windowFrames: Int
    /// The decoder's longest sequence, in tokens.
    let textContext: Int
    /// Where to go on; nil for the beginning.
    var checkpoint: TranscriptionCheckpoint?

    /// What came of one window.
    private struct WindowOutcome {
        var segments: [Segment]
        var nextSeek: Int
        var isSkipped = false
    }

    /// Transcribes all clips, or what is left of them; returns the tokens of the whole transcript.
    func run(collecting collector: inout TranscriptCollector) throws -> [Int] {
        var seekLoop = SeekLoop(
            clips: try ClipTimestamps(seconds: options.clipTimestamps), windowFrames: windowFrames,
            cursor: checkpoint?.cursor)
        var history = PromptHistory(
            initialPrompt: options.initialPrompt.map(vocabulary.encodePrompt) ?? [],
            carriesInitialPrompt: options.carryInitialPrompt,
            conditionsOnPreviousText: options.conditionOnPreviousText, textContext: textContext,
            checkpoint: checkpoint)
        var lastSpeech = checkpoint?.cursor.lastSpeech ?? 0
        source.release(before: seekLoop.firstNeededFrame)
        while let window = try seekLoop.next(loadedFrames: source.loadedFrames) {
            if Task.isCancelled { throw RecognitionError.cancelledDecoding }
            try recognizer.encode([window])
            let result = try decode(window, prompt: history.prompt)
            let outcome = try outcome(of: result, window, lastSpeech: &lastSpeech)
            seekLoop.advance(to: outcome.nextSeek)
            if !outcome.isSkipped {
                let tokens = try collector.add(outcome.segments)
                history.append(tokens, temperature: result.temperature)
            }
            source.release(before: seekLoop.firstNeededFrame)
            let through = max(window.seek, min(seekLoop.seek, window.end))
            try collector.finish(window, result, isSkipped: outcome.isSkipped, through: through)
            try collector.report(
                TranscriptionCursor(
                    language: language, clip: seekLoop.clip, seek: seekLoop.seek, promptStart: history.resetSince,
                    lastSpeech: lastSpeech))
        }
        return Array(history.transcript)
    }

    private func decode(_ window: SpeechWindow, prompt: [Int]) throws -> DecodingResult {
        let request = DecodingRequest(
            window: 0, language: language, prompt: prompt,
            budget: WindowBudget(factor: options.windowBudget, seconds: MelTime.seconds(windowFrames)),
            seed: options.seed &+ UInt64(window.seek))
        let results = try options.fallback.decode(count: 1) { _, temperature in
            try recognizer.decode([request], temperature: temperature)
        }
        guard let result = results.first else {
            throw RecognitionError(.optionInvalid, "no temperature is given; give at least one, such as 0")
        }
        return result
    }

    private func outcome(
        of result: DecodingResult, _ window: SpeechWindow, lastSpeech: inout Double
    ) throws -> WindowOutcome {
        if let problem = result.problem {
            return WindowOutcome(segments: [Segment(without: problem, window)], nextSeek: window.end)
        }
        if options.noSpeechRule.skips(result) {
            return WindowOutcome(segments: [], nextSeek: window.end, isSkipped: true)
        }
        let assembly = SegmentAssembler(vocabulary: vocabulary)(result, window: window)
        var outcome = WindowOutcome(segments: assembly.segments, nextSeek: assembly.nextSeek)
        guard options.wordTimestamps else { return outcome }
        try addWords(to: &outcome.segments, lastSpeech: lastSpeech)
        if !assembly.endsWithSingleTimestamp, let end = outcome.segments.lastWordEnd, end > window.timeOffset {
            outcome.nextSeek = MelTime.frames(end)
        }
        if let threshold = options.hallucinationSilenceThreshold {
            let context = HallucinationSilenceFilter.Context(
                window: window, windowEndTime: MelTime.seconds(window.seek + windowFrames),
                endsWithSingleTimestamp: assembly.endsWithSingleTimestamp, lastSpeech: lastSpeech)
            let filter = HallucinationSilenceFilter(threshold: threshold)
            let decision = try filter.apply(to: &outcome.segments, nextSeek: outcome.nextSeek, context: context) {
                let loaded = try source.loadedFrames(through: $0)
                return loaded < $0 ? loaded : nil
            }
            switch decision {
            case .keep(let nextSeek): outcome.nextSeek = nextSeek
            case .skip(let nextSeek): return WindowOutcome(segments: [], nextSeek: nextSeek, isSkipped: true)
            }
        }
        lastSpeech = outcome.segments.lastWordEnd ?? lastSpeech
        return outcome
    }

    private func addWords(to segments: inout [Segment], lastSpeech: Double) throws {
        let words = WordTimestamps(options, vocabulary)
        let alignment = try recognizer.alignWords(window: 0, textTokens: words.textTokens(segments))
        words.attach(alignment, to: &segments, lastSpeech: lastSpeech)
    }
}

extension WordTimestamps {
    init(_ options: TranscriptionOptions, _ vocabulary: some DecodingVocabulary) {
        self.init(
            punctuation: PunctuationMerging(
                prepended: options.prependPunctuations, appended: options.appendPunctuations),
            endOfText: vocabulary.special.endOfText)
    }
}
