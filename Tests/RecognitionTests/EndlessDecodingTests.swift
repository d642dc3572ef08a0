import Foundation
import Testing

@testable import Recognition

/// A model that never says that the text is over: what it costs has a bound, and the recording goes on.
@Suite struct EndlessDecodingTests {
    private static let windows = ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] == nil ? 8 : 200

    @Test(arguments: EndlessInference.Habit.allCases)
    func everyWindowIsLeftAfterABoundedNumberOfTokens(habit: EndlessInference.Habit) throws {
        let recognizer = EndlessRecognizer(habit)
        let windows = Self.windows
        var options = TranscriptionOptions()
        options.conditionOnPreviousText = true
        var starts: [Double] = []
        var collector = TranscriptCollector { if case .windowDone(let window) = $0 { starts.append(window.start) } }
        let tokens = try SequentialTranscription(
            options: options, vocabulary: ScriptedVocabulary(), language: "en", recognizer: recognizer,
            source: ScriptedMelSource(frames: windows * 3_000), windowFrames: 3_000, textContext: 448
        ).run(collecting: &collector)

        #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }, "each window begins behind the one before")
        #expect(recognizer.longest <= 224)
        #expect(recognizer.mostTries <= 6)
        #expect(tokens.count <= 226 * starts.count)
        // The script's timestamps end after 0.6 s: with them, many windows are begun, and each behind the last.
        #expect(starts.count <= (habit == .keepsTime ? 50 : 2) * windows)
    }

    /// One window takes more of the processor than it may; those around it have their text.
    @Test(arguments: [1, 2]) func aWindowThatTakesTooLongIsLeft(batchSize: Int) throws {
        let recognizer = DawdlingRecognizer(slow: 1..<2)
        var options = TranscriptionOptions()
        options.batchSize = batchSize
        options.windowBudget = 0.1 / 30
        let transcript = try recognizer.transcribe(windows: 4, options)
        let problems = transcript.map(\.problem)
        #expect(problems.filter { $0 == "transcribe.window_gave_up" }.count == batchSize)
        #expect(problems.filter { $0 == nil }.count >= 4 - batchSize)
        let lost = transcript.filter { $0.problem != nil }
        #expect(lost.allSatisfy { $0.text.isEmpty && $0.tokens.isEmpty && $0.end - $0.start == 30 })
        #expect(lost.contains { $0.start == 30 })
        #expect(transcript.last?.end == 120)
        #expect(transcript.allSatisfy { $0.problem != nil || !$0.text.isEmpty })
    }

    /// Where every window takes too long, there is an end all the same.
    @Test func aModelThatTakesTooLongForEverythingComesToAnEnd() throws {
        let recognizer = DawdlingRecognizer(slow: 0..<4)
        var options = TranscriptionOptions()
        options.windowBudget = 0.02 / 30
        let transcript = try recognizer.transcribe(windows: 4, options)
        #expect(transcript.map(\.problem) == Array(repeating: "transcribe.window_gave_up", count: 4))
        #expect(transcript.map(\.start) == [0, 30, 60, 90])
    }

    /// What a lower temperature has found stands when there is no time for a higher one.
    @Test func aTextThatWasFoundStands() throws {
        var tries = 0
        let results = try TemperatureFallback().decode(count: 2) { items, temperature in
            tries += 1
            if temperature > 0 { throw RecognitionError.spentBudget }
            return items.map { _ in
                DecodingResult(
                    tokens: [5], text: "a", averageLogProbability: -9, noSpeechProbability: 0, temperature: 0,
                    compressionRatio: 1)
            }
        }
        #expect(tries == 2)
        #expect(results.map(\.text) == ["a", "a"] && results.allSatisfy { $0.problem == nil })
    }

    @Test func optionsAreChecked() throws {
        var options = TranscriptionOptions()
        for budget in [0, -1, .infinity, .nan] {
            options.windowBudget = budget
            #expect(throws: RecognitionError.self) { try options.validate() }
        }
        options.windowBudget = nil
        try options.validate()
    }
}

/// Decodes as a decoder that says one word, but computes for ever at some windows.
private final class DawdlingRecognizer: WindowRecognizer {
    private let slow: Range<Int>
    private var windows: [SpeechWindow] = []

    init(slow: Range<Int>) {
        self.slow = slow
    }

    func transcribe(windows: Int, _ options: TranscriptionOptions) throws -> [Segment] {
        var collector = TranscriptCollector { _ in }
        let source = ScriptedMelSource(frames: windows * 3_000)
        if options.batchSize == 1 {
            _ = try SequentialTranscription(
                options: options, vocabulary: ScriptedVocabulary(), language: "en", recognizer: self, source: source,
                windowFrames: 3_000, textContext: 448
            ).run(collecting: &collector)
        } else {
            _ = try BatchedTranscription(
                options: options, vocabulary: ScriptedVocabulary(), language: "en", recognizer: self, source: source,
                windowFrames: 3_000, melBins: 2
            ).run(collecting: &collector)
        }
        return collector.segments
    }

    func encode(_ windows: [SpeechWindow]) throws { self.windows = windows }

    func decode(_ requests: [DecodingRequest], temperature: Double) throws -> [DecodingResult] {
        let isSlow = windows.contains { slow.contains($0.seek / 3_000) }
        let inference = EndlessInference(.repeats, endsAfter: 1, isSlow: isSlow)
        var options = DecodingOptions()
        options.temperature = temperature
        options.withoutTimestamps = true
        return try WindowDecoder(vocabulary: ScriptedVocabulary(), options: options, textContext: 448)
            .decode(requests, with: inference)
    }

    func alignWords(window: Int, textTokens: [Int]) throws -> [WordTiming] { [] }
}

/// Windows decoded by a scripted decoder that finds no end; counts what that takes.
private final class EndlessRecognizer: WindowRecognizer {
    private let habit: EndlessInference.Habit
    private var tries = 0
    private(set) var mostTries = 0
    private(set) var longest = 0

    init(_ habit: EndlessInference.Habit) {
        self.habit = habit
    }

    func encode(_ windows: [SpeechWindow]) throws { tries = 0 }

    func decode(_ requests: [DecodingRequest], temperature: Double) throws -> [DecodingResult] {
        tries += 1
        mostTries = max(mostTries, tries)
        var options = DecodingOptions()
        options.temperature = temperature
        let inference = EndlessInference(habit)
        let results = try WindowDecoder(vocabulary: ScriptedVocabulary(), options: options, textContext: 448)
            .decode(requests, with: inference)
        longest = max(longest, inference.steps + 1)
        return results
    }

    func alignWords(window: Int, textTokens: [Int]) throws -> [WordTiming] { [] }
}

/// Logits in which the end of the text is impossible.
final class EndlessInference: DecoderInference {
    enum Habit: CaseIterable {
        /// The same word again and again.
        case repeats
        /// Words by chance.
        case babbles
        /// Timestamps as well as words.
        case keepsTime
    }

    let vocabularySize = ScriptedVocabulary.size
    private(set) var steps = 0
    private let habit: Habit
    /// Tokens after which the end of the text is certain; nil for never.
    private let endsAfter: Int?
    /// Whether a token takes longer than there is patience for.
    private let isSlow: Bool
    private let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: ScriptedVocabulary.size)

    init(_ habit: Habit, endsAfter: Int? = nil, isSlow: Bool = false) {
        self.habit = habit
        self.endsAfter = endsAfter
        self.isSlow = isSlow
        fill()
    }

    deinit { row.deallocate() }

    func begin(_ starts: [SequenceStart]) throws(RecognitionError) { fill() }

    func step(_ tokens: [Int]) throws(RecognitionError) {
        steps += 1
        if isSlow {
            let budget = WindowBudget(factor: 1, seconds: 0.25)
            while budget?.isSpent == false {}
        }
        fill()
    }

    func select(_ parents: [Int]) {}

    func logits(of sequence: Int) -> UnsafeMutableBufferPointer<Float> { row }

    func probeLogits(of sequence: Int) -> UnsafeMutableBufferPointer<Float>? { nil }

    func align(window: Int, tokens: [Int]) throws(RecognitionError) -> AlignmentPass {
        throw RecognitionError(.optionInvalid, "nothing is aligned here")
    }

    private func fill() {
        for token in 0..<vocabularySize {
            row[token] =
                switch habit {
                case .repeats: token == 5 ? 9 : -9
                case .babbles: token < 40 ? DecodingScript.value(steps, token) : -30
                case .keepsTime: DecodingScript.value(steps, token)
                }
        }
        let endOfText = ScriptedVocabulary().special.endOfText
        row[endOfText] = -.infinity
        guard let endsAfter, steps >= endsAfter else { return }
        for token in 0..<vocabularySize { row[token] = token == endOfText ? 0 : -.infinity }
    }
}
