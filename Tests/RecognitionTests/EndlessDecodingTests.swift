import Testing

@testable import Recognition

/// A model that never says that the text is over: what it costs has a bound, and the recording goes on.
@Suite struct EndlessDecodingTests {
    @Test(arguments: EndlessInference.Habit.allCases)
    func everyWindowIsLeftAfterABoundedNumberOfTokens(habit: EndlessInference.Habit) throws {
        let recognizer = EndlessRecognizer(habit)
        let windows = 8
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
    private let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: ScriptedVocabulary.size)

    init(_ habit: Habit) {
        self.habit = habit
        fill()
    }

    deinit { row.deallocate() }

    func begin(_ starts: [SequenceStart]) throws(RecognitionError) { fill() }

    func step(_ tokens: [Int]) throws(RecognitionError) {
        steps += 1
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
        row[ScriptedVocabulary().special.endOfText] = -.infinity
    }
}
