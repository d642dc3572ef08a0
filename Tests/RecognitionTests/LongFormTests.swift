import Testing

@testable import Recognition

/// A result that the scripts of these tests start from: accepted by every default threshold.
private func result(
    _ tokens: [Int] = [50, 0, 60], logProbability: Double = -0.2, noSpeech: Double = 0.1, ratio: Double = 1.1,
    temperature: Double = 0
) -> DecodingResult {
    DecodingResult(
        tokens: tokens, text: "", averageLogProbability: logProbability, noSpeechProbability: noSpeech,
        temperature: temperature, compressionRatio: ratio)
}

@Suite("Stages of the long form")
struct LongFormStageTests {
    @Test func seekLoopEndsWithTheRecording() throws {
        var loop = SeekLoop(clips: try ClipTimestamps(seconds: [10, 500]), windowFrames: 3000)
        var windows: [SpeechWindow] = []
        while let window = loop.next(loadedFrames: { min($0, 4200) }) {
            windows.append(window)
            loop.advance(to: window.end)
        }
        #expect(windows == [SpeechWindow(seek: 1000, frames: 3000), SpeechWindow(seek: 4000, frames: 200)])
    }

    @Test func seekLoopAlwaysAdvances() throws {
        var loop = SeekLoop(clips: try ClipTimestamps(seconds: []), windowFrames: 3000)
        let window = loop.next(loadedFrames: { min($0, 9000) })
        #expect(window == SpeechWindow(seek: 0, frames: 3000))
        loop.advance(to: -5)
        #expect(loop.seek == 3000)
        _ = loop.next(loadedFrames: { min($0, 9000) })
        loop.advance(to: 3000)
        #expect(loop.seek == 6000)
    }

    @Test func framesOfEarlierClipsAreNotReleased() throws {
        var loop = SeekLoop(clips: try ClipTimestamps(seconds: [40, 50, 3, 9]), windowFrames: 3000)
        _ = loop.next(loadedFrames: { min($0, 9000) })
        loop.advance(to: 5000)
        #expect(loop.firstNeededFrame == 300)
        #expect(loop.next(loadedFrames: { min($0, 9000) }) == SpeechWindow(seek: 300, frames: 600))
        #expect(loop.firstNeededFrame == 300)
    }

    @Test(arguments: [[-1], [.nan], [0, .infinity]] as [[Double]])
    func clipTimestampsAreChecked(seconds: [Double]) {
        #expect(throws: RecognitionError.self) { try ClipTimestamps(seconds: seconds) }
    }

    @Test func farClipsDoNotOverflow() throws {
        var loop = SeekLoop(clips: try ClipTimestamps(seconds: [1e300, 1e301]), windowFrames: 3000)
        #expect(loop.next(loadedFrames: { min($0, 9000) }) == nil)
    }

    @Test func fallbackRetriesOnlyWhatFails() {
        var asked: [[Int]] = []
        let results = TemperatureFallback(temperatures: [0, 0.5, 1]).decode(count: 4) { items, temperature in
            asked.append(items)
            return items.map { item in
                switch item {
                case 1: result(logProbability: -2, temperature: temperature)
                case 2: result(ratio: temperature < 0.5 ? 3 : 1, temperature: temperature)
                case 3: result(logProbability: -2, noSpeech: 0.9, temperature: temperature)
                default: result(temperature: temperature)
                }
            }
        }
        #expect(asked == [[0, 1, 2, 3], [1, 2], [1]])
        #expect(results.map(\.temperature) == [0, 1, 0.5, 0])
    }

    @Test func historyForgetsWhatWasSampledHot() {
        var history = PromptHistory(
            initialPrompt: [1, 2], carriesInitialPrompt: false, conditionsOnPreviousText: true, textContext: 32)
        #expect(history.prompt == [1, 2])
        history.append([3, 4], temperature: 0.4)
        #expect(history.prompt == [1, 2, 3, 4])
        history.append([5], temperature: 0.6)
        #expect(history.prompt.isEmpty)
        history.append([6], temperature: 0)
        #expect(history.prompt == [6])
        #expect(history.transcript == [3, 4, 5, 6])
    }

    @Test func remainderIsKeptWhenNothingDecodesItAgain() {
        let assemble = SegmentAssembler(vocabulary: ScriptedVocabulary())
        let window = SpeechWindow(seek: 1000, frames: 2000)
        let tokens = [50, 0, 1, 100, 100, 2, 3]
        let sequential = assemble(result(tokens), window: window)
        #expect(sequential.segments.map(\.text) == [" alpha beta"])
        #expect(sequential.nextSeek == 1100)
        let whole = assemble(result(tokens), window: window, keepsRemainder: true)
        #expect(whole.segments.map(\.text) == [" alpha beta", " gamma delta"])
        #expect(whole.segments.map(\.start) == [10, 11])
        #expect(whole.segments.map(\.end) == [11, 30])
        let nothingLeft = assemble(result([50, 0, 100, 100]), window: window, keepsRemainder: true)
        #expect(nothingLeft.segments.count == 1)
    }

    @Test func optionsThatCannotWorkAreRefused() throws {
        func code(_ change: (inout TranscriptionOptions) -> Void) -> String? {
            var options = TranscriptionOptions()
            change(&options)
            do throws(RecognitionError) {
                try options.validate()
                return nil
            } catch {
                return error.code.rawValue
            }
        }
        let invalid = "recognition.option_invalid"
        #expect(code { _ in } == nil)
        #expect(code { $0.temperatures = [] } == invalid)
        #expect(code { $0.batchSize = 0 } == invalid)
        #expect(code { $0.batchSize = 100_000 } == invalid)
        #expect(code { ($0.batchSize, $0.beamSize) = (200, 200) } == invalid)
        #expect(code { $0.beamSize = .max } == invalid)
        #expect(code { $0.hallucinationSilenceThreshold = .nan } == invalid)
        #expect(code { $0.hallucinationSilenceThreshold = 30 } == nil)
        #expect(code { $0.hallucinationSilenceThreshold = 30.1 } == invalid)
        #expect(code { ($0.hallucinationSilenceThreshold, $0.batchSize) = (2, 4) } == invalid)
    }
}

@Suite("Batches of windows")
struct LongFormBatchTests {
    /// Loud frames with a few quiet gaps.
    private func source(frames: Int, gaps: [Range<Int>]) -> ScriptedMelSource {
        ScriptedMelSource(frames: frames) { frame in gaps.contains { $0.contains(frame) } ? -1 : 1 }
    }

    @Test func cutsInTheMiddleOfQuietGaps() throws {
        let source = source(frames: 8000, gaps: [2700..<2760, 5000..<5100, 5500..<5530])
        var cutter = WindowCutter(clips: try ClipTimestamps(seconds: []), windowFrames: 3000, melBins: 2)
        let windows = try cutter.next(10, from: source)
        #expect(windows.map(\.seek) == [0, 2750, 5520])
        #expect(windows.last?.end == 8000)
        #expect(try cutter.next(10, from: source).isEmpty)
        #expect(source.readBeforeRelease)
    }

    @Test(arguments: [1, 499, 3000, 3001, 6000, 20_000])
    func windowsCoverTheRecording(frames: Int) throws {
        let source = ScriptedMelSource(frames: frames) { Float(($0 &* 7919) % 613) }
        var cutter = WindowCutter(clips: try ClipTimestamps(seconds: []), windowFrames: 3000, melBins: 2)
        var end = 0
        while let window = try cutter.next(1, from: source).first {
            #expect(window.seek == end)
            #expect((1...3000).contains(window.frames))
            end = window.end
        }
        #expect(end == frames)
    }

    @Test func clipsAreCutApart() throws {
        let source = source(frames: 9000, gaps: [])
        var cutter = WindowCutter(
            clips: try ClipTimestamps(seconds: [50, 55, 10, 12, 85]), windowFrames: 3000, melBins: 2)
        #expect(try cutter.next(1, from: source) == [SpeechWindow(seek: 5000, frames: 500)])
        #expect(cutter.firstNeededFrame == 1000)
        let rest = [SpeechWindow(seek: 1000, frames: 200), SpeechWindow(seek: 8500, frames: 500)]
        #expect(try cutter.next(9, from: source) == rest)
    }

    @Test func timesFollowTheWindowsAndOnlyFailuresAreTriedAgain() throws {
        let source = source(frames: 8000, gaps: [2700..<2760, 5500..<5530])
        let recognizer = ScriptedRecognizer { _, call in
            switch (call.window.seek, call.temperature) {
            case (2750, 0): result([50, 9, 60], logProbability: -3)
            case (2750, _): result([50, 1, 100, 100, 2])
            case (5520, _): result(noSpeech: 0.9).improbable
            default: result([50, 0, 150])
            }
        }
        var options = TranscriptionOptions()
        options.batchSize = 2
        options.temperatures = [0, 0.6]
        options.initialPrompt = "alpha"
        var windows: [WindowSummary] = []
        var collector = TranscriptCollector { if case .windowDone(let window) = $0 { windows.append(window) } }
        let tokens = try transcription(options, recognizer, source).run(collecting: &collector)

        #expect(recognizer.encodedBatches.map { $0.map(\.seek) } == [[0, 2750], [5520]])
        #expect(recognizer.calls.map(\.window.seek) == [0, 2750, 2750, 5520])
        #expect(recognizer.calls.map(\.prompt) == [[0], [], [], []])
        #expect(collector.segments.map(\.text) == [" alpha", " beta", " gamma"])
        #expect(collector.segments.map(\.start) == [0, 27.5, 28.5])
        #expect(collector.segments.map(\.end) == [2, 28.5, 55.2])
        #expect(collector.segments.map(\.id) == [0, 1, 2])
        #expect(tokens == [50, 0, 150, 50, 1, 100, 100, 2])
        #expect(windows.map(\.isSkipped) == [false, false, true])
        #expect(source.releasedBefore == 8000)
    }

    @Test func wordsGetTheTimesOfTheirWindow() throws {
        let source = source(frames: 4000, gaps: [2700..<2760])
        let timing = WordTiming(word: " alpha", tokens: [0], start: 1, end: 1.5, probability: 0.5)
        let recognizer = ScriptedRecognizer(alignments: [[timing], [timing]]) { _, _ in result([50, 0, 150]) }
        var options = TranscriptionOptions()
        options.batchSize = 8
        options.wordTimestamps = true
        var collector = TranscriptCollector { _ in }
        _ = try transcription(options, recognizer, source).run(collecting: &collector)
        #expect(collector.segments.compactMap(\.words).flatMap(\.self).map(\.start) == [1, 28.5])
    }

    @Test func stopsBetweenWindowsWhenCancelled() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            let recognizer = ScriptedRecognizer { _, _ in result() }
            var collector = TranscriptCollector { _ in }
            var options = TranscriptionOptions()
            options.batchSize = 2
            _ = try transcription(options, recognizer, source(frames: 4000, gaps: [])).run(collecting: &collector)
        }
        task.cancel()
        let outcome = await task.result
        #expect(throws: RecognitionError.self) { try outcome.get() }
    }

    private func transcription(
        _ options: TranscriptionOptions, _ recognizer: ScriptedRecognizer, _ source: ScriptedMelSource
    ) -> BatchedTranscription<ScriptedVocabulary> {
        BatchedTranscription(
            options: options, vocabulary: ScriptedVocabulary(), language: "en", recognizer: recognizer,
            source: source, windowFrames: 3000, melBins: 2)
    }
}

extension DecodingResult {
    fileprivate var improbable: DecodingResult {
        var copy = self
        copy.averageLogProbability = -2
        return copy
    }
}
