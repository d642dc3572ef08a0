import AudioCore
import Foundation
import Phonemes
import Synthesis
import Testing

@testable import Pipelines

@Suite struct ReadAloudTests {
    @Test func speaksSentencesInOrderWithPausesBetweenThem() throws {
        let sink = CollectingSink()
        var events: [ReadAloudEvent] = []
        let seconds = try Self.job(.plain("One two. Three.")).speak(into: sink) { events.append($0) }
        // A letter is a hundredth of a second in this voice, and the front end's pause is 0.3 s.
        let first = 0.06
        let pause = 0.3
        #expect(events.count == 2)
        guard case .sentence("One two.", seconds: 0) = events[0], case .sentence("Three.", let start) = events[1] else {
            Issue.record("\(events)")
            return
        }
        #expect(abs(start - (first + pause)) < 0.011)
        #expect(sink.samples.count == Int((seconds * 1_000).rounded()))
        #expect(sink.isFinished)
        let silence = sink.samples[70..<350]
        #expect(silence.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [("<break time='2s'/>", 2.0), ("", 0.15)])
    func aGivenPauseLastsAsLongAtAnySpeed(markup: String, pause: Double) throws {
        var job = Self.job(.ssml("<speak>One two. \(markup) Three.</speak>", isLenient: false))
        job.options.rate = 2
        var starts: [Double] = []
        try job.speak(into: CollectingSink()) { event in
            if case .sentence(_, let start) = event { starts.append(start) }
        }
        #expect(starts.count == 2 && abs(starts[1] - (0.06 + pause)) < 0.011, "\(starts)")
    }

    @Test(arguments: [(2.0, 1.0, true, 0), (2.0, 1.0, false, 1), (0.0, 0.5, false, 1), (0.0, 1.0, false, 0)])
    func remarksThatAVoiceHasOnePitchOnly(pitch: Double, range: Double, follows: Bool, remarks: Int) throws {
        var job = Self.job(.plain("One."), followsPitch: follows)
        (job.options.pitch, job.options.pitchRange) = (pitch, range)
        var events: [ReadAloudEvent] = []
        try job.speak(into: CollectingSink()) { events.append($0) }
        let warnings = events.filter { if case .warning = $0 { true } else { false } }
        #expect(warnings.count == remarks, "\(events)")
    }

    @Test func tellsWhereMarksAre() throws {
        var events: [ReadAloudEvent] = []
        let text = "<speak><mark name='a'/>One. <break time='500ms'/><mark name='b'/></speak>"
        try Self.job(.ssml(text, isLenient: false)).speak(into: CollectingSink()) { events.append($0) }
        let marks = events.compactMap { event in
            if case .mark(let name, _) = event { name } else { nil }
        }
        #expect(marks == ["a", "b"])
    }

    @Test func refusesMarkupThatIsNone() throws {
        let sink = CollectingSink()
        let error = #expect(throws: PhonemeError.self) {
            try Self.job(.ssml("<speak>One", isLenient: false)).speak(into: sink)
        }
        #expect(error?.code == .ssmlInvalid)
        #expect(sink.samples.isEmpty && !sink.isFinished)
        try Self.job(.ssml("<speak>One", isLenient: true)).speak(into: sink)
        #expect(sink.isFinished)
    }

    @Test func speaksWhileTextStillArrives() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (input, output) = (ends[0], ends[1])
        defer { close(input) }
        write(output, "One two. Thr", 12)
        let sink = CollectingSink()
        let heard = AsyncStream<String>.makeStream()
        async let run = Self.job(.stream(fileDescriptor: input)).run(into: { sink }) { event in
            if case .sentence(let text, _) = event { heard.continuation.yield(text) }
        }
        var sentences = heard.stream.makeAsyncIterator()
        #expect(await sentences.next() == "One two.")
        write(output, "ee. Four", 8)
        #expect(await sentences.next() == "Three.")
        close(output)
        #expect(await sentences.next() == "Four")
        #expect(try await run > 0)
        #expect(sink.isFinished)
    }

    @Test func stopsWhenCancelled() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (input, output) = (ends[0], ends[1])
        let sink = CollectingSink()
        let task = Task { try await Self.job(.stream(fileDescriptor: input)).run(into: { sink }) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(!sink.isFinished)
        close(input)
        close(output)
    }

    @Test func readsTextPieceByPieceWithoutBreakingCharacters() throws {
        let text = String(repeating: "aé😀ü", count: 500)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let bytes = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
        write(ends[1], bytes, bytes.count)
        close(ends[1])
        var stream = TextStream(descriptor: ends[0], name: "pipe")
        var read = ""
        while let piece = try stream.next() {
            #expect(piece.utf8.count <= 260)
            read += piece
        }
        close(ends[0])
        #expect(read == text)
    }

    @Test(arguments: [([0x61, 0xE9, 0x62] as [UInt8], 2), (Array("aé".utf8) + [0xFF], 4), ([0xC3], 1)])
    func refusesTextThatIsNotInUTF8(bytes: [UInt8], place: Int) throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        write(ends[1], bytes, bytes.count)
        close(ends[1])
        var stream = TextStream(descriptor: ends[0], name: "pipe")
        let error = #expect(throws: PhonemeError.self) { while try stream.next() != nil {} }
        close(ends[0])
        #expect(error?.code == .textEncodingInvalid)
        #expect(error?.message.contains("(byte \(place))") == true, "\(String(describing: error))")
    }

    @Test(arguments: ["", " \n", "...", "-----", "\u{2605}\u{2605}"])
    func refusesToBeSilentWhereThatIsAsked(text: String) throws {
        let sink = CollectingSink()
        var job = Self.job(.plain(text))
        try job.speak(into: sink)
        #expect(sink.isFinished && sink.samples.isEmpty)
        let other = CollectingSink()
        job.refusesSilence = true
        let error = #expect(throws: PhonemeError.self) { try job.speak(into: other) }
        #expect(error?.code == .nothingToSay && !other.isFinished)
        // A pause is what its author wanted.
        job.text = .ssml("<speak><break time='1s'/></speak>", isLenient: false)
        try job.speak(into: other)
        #expect(other.isFinished && other.samples.count == 1_000)
    }

    @Test(arguments: [
        ("One. Привет, мир.", "en-us", 1), ("你好。再见。", "en-us", 1), ("One.", "en-us", 0), ("π is 3.", "en-us", 0),
        ("One.", "de", 1), ("Привет.", "ru", 1), ("Hello there.", "ru", 2), ("12.", "en-gb", 0),
    ])
    func remarksThatTextAndVoiceDoNotGoTogether(text: String, language: String, remarks: Int) throws {
        let job = ReadAloudJob(
            .plain(text), voice: LetterVoice(followsPitch: true),
            frontEnd: SpeechFrontEnd(language: language, phonemizer: LetterPhonemizer()))
        var warnings: [String] = []
        try job.speak(into: CollectingSink()) { event in
            if case .warning(let message) = event { warnings.append(message) }
        }
        #expect(warnings.count == remarks, "\(warnings)")
    }

    private static func job(_ text: ReadAloudJob.Text, followsPitch: Bool = true) -> ReadAloudJob {
        ReadAloudJob(
            text, voice: LetterVoice(followsPitch: followsPitch),
            frontEnd: SpeechFrontEnd(language: "en-us", phonemizer: LetterPhonemizer()))
    }
}

/// Takes each letter for a phoneme.
struct LetterPhonemizer: Phonemizer {
    func phonemes(of clauses: [String], language: String) throws(PhonemeError) -> [String] {
        clauses.map { clause in
            clause.split(separator: " ").map { word in word.map(String.init).joined(separator: "_") }
                .joined(separator: " ")
        }
    }
}

/// Speaks a hundredth of a second for each phoneme that is a letter, 1000 samples a second.
private struct LetterVoice: SpeechVoice {
    let name = "letters"
    let language = "en-us"
    let sampleRate = 1_000
    let speakers = ["one"]
    let followsPitch: Bool

    func makeSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64
    ) throws(SynthesisError) -> any SpeechProducer {
        let letters = sentence.phonemes.filter { $0.symbol.first?.isLetter ?? false }.count
        return Letters(
            left: letters, marks: sentence.marks.map { SpeechMark(name: $0.name, sample: 10 * $0.phonemeIndex) })
    }

    private final class Letters: SpeechProducer {
        private var left: Int
        let marks: [SpeechMark]

        init(left: Int, marks: [SpeechMark]) {
            self.left = left
            self.marks = marks
        }

        func next(into samples: inout [Float]) throws(SynthesisError) -> Bool {
            guard left > 0 else { return false }
            left -= 1
            samples.append(contentsOf: repeatElement(0.5, count: 10))
            return true
        }
    }
}

/// Keeps what it is given.
// @unchecked Sendable because the job's thread has ended, or has handed an event over, before a test looks inside.
final class CollectingSink: SpeechSink, @unchecked Sendable {
    private(set) var samples: [Float] = []
    private(set) var isFinished = false

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) { self.samples += samples }
    func finish() throws(AudioError) { isFinished = true }
}
