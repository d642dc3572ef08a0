import Phonemes
import Tensors
import Testing

@testable import Synthesis

@Suite struct PiperVoiceTests {
    private static let configuration = #"""
        {"audio": {"sample_rate": 22050}, "espeak": {"voice": "de"}, "num_speakers": 2,
         "speaker_id_map": {"anna": 0, "ben": 1}, "inference": {"noise_scale": 0.5, "length_scale": 1.25},
         "phoneme_id_map": {"_": [0], "^": [1], "$": [2], " ": [3], ",": [4], ".": [5], "h": [6], "a": [7], "ɪ": [8],
         "ˈ": [9], "c": [10], "\u0327": [11], "x": [12, 13], "aɪ": [14]}, "phoneme_map": {"z": ["x"]},
         "vowel_clusters": CLUSTERS}
        """#

    private static func parsed(_ text: String) throws -> PiperConfiguration {
        try PiperConfiguration(parsing: Array(text.utf8), path: "voice.onnx.json")
    }

    private static func configuration(clusters: String = "[]") throws -> PiperConfiguration {
        try parsed(configuration.replacing("CLUSTERS", with: clusters))
    }

    private static func sentence(_ phonemes: [Phoneme]) -> SpokenSentence {
        SpokenSentence(text: "", phonemes: [.beginning] + phonemes + [.end])
    }

    @Test func configurationIsRead() throws {
        let configuration = try Self.configuration()
        #expect(configuration.sampleRate == 22050)
        #expect(configuration.language == "de")
        #expect(configuration.speakers == ["anna", "ben"])
        #expect(configuration.noiseScale == 0.5)
        #expect(configuration.lengthScale == 1.25)
        #expect(configuration.durationNoiseScale == 0.8)
    }

    @Test func phonemesArePaddedDecomposedAndMapped() throws {
        let configuration = try Self.configuration()
        let sentence = Self.sentence([
            Phoneme("h"), Phoneme("aɪ", stress: 1), Phoneme(","), Phoneme("ç"), .wordBoundary, Phoneme("z"),
            Phoneme("?"), Phoneme("…"),
        ])
        let phonemes = PiperPhonemes(sentence, configuration)
        // The question mark is unknown, the ellipsis a full stop; behind the comma there is a space.
        let symbols = [6, 9, 7, 8, 4, 3, 10, 11, 3, 12, 13, 3, 5]
        var expected = [1, 0]
        for (position, symbol) in symbols.enumerated() {
            expected.append(symbol)
            if position != 9 { expected.append(0) }
        }
        #expect(phonemes.ids == expected + [2])
        #expect(phonemes.origins.count == phonemes.ids.count)
        #expect(phonemes.origins.last == 9)
        #expect(zip(phonemes.origins, phonemes.origins.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func vowelsMerge() throws {
        let configuration = try Self.configuration(clusters: #"[["a", "ɪ"]]"#)
        #expect(PiperPhonemes(Self.sentence([Phoneme("haɪ")]), configuration).ids == [1, 0, 6, 0, 14, 0, 2])
    }

    @Test(arguments: [
        #"{"#, #"[]"#, #"{"audio": {"sample_rate": 0}, "phoneme_id_map": {}}"#,
        #"{"audio": {"sample_rate": 22050}}"#,
        #"{"audio": {"sample_rate": 22050}, "phoneme_id_map": {"a": [-1]}}"#,
        #"{"audio": {"sample_rate": 22050}, "phoneme_id_map": {"a": ["1"]}}"#,
        #"{"audio": {"sample_rate": 22050}, "phoneme_id_map": {}, "num_speakers": 1e9}"#,
        #"{"audio": {"sample_rate": 22050}, "phoneme_id_map": {}, "speaker_id_map": {"a": 7}}"#,
        #"{"audio": {"sample_rate": 22050}, "phoneme_id_map": {}, "inference": {"length_scale": -1}}"#,
    ])
    func badConfigurationsAreRefused(text: String) {
        let error = #expect(throws: SynthesisError.self) { try Self.parsed(text) }
        #expect(error?.code == .voiceConfigurationInvalid)
    }

    private static let spoken = sentence([
        Phoneme("h"), Phoneme("ə"), Phoneme("l", stress: 1), Phoneme("o"), .wordBoundary, Phoneme("t"), Phoneme("."),
    ])

    private func speak(
        _ voice: PiperVoice, _ sentence: SpokenSentence = spoken, seed: UInt64 = 1,
        _ change: (inout SpeechOptions) -> Void = { _ in }
    ) throws -> [Float] {
        var options = SpeechOptions()
        change(&options)
        let producer = try voice.makeSpeech(of: sentence, options: options, seed: seed)
        var samples: [Float] = []
        while try producer.next(into: &samples) {}
        #expect(samples.allSatisfy { $0.isFinite })
        return samples
    }

    @Test(arguments: PiperFixture.all) func sentencesAreSpoken(fixture: PiperFixture) throws {
        let pool = try #require(ThreadPool(threads: 1))
        let voice = try fixture.voice(pool)
        let samples = try speak(voice)
        #expect(samples.count > 100)
        #expect(try speak(voice) == samples, "the same seed gives the same samples")
        #expect(try speak(voice, seed: 2) != samples)
        #expect(try speak(voice) { $0.rate = 0.25 }.count > 2 * samples.count)
        let loud = try speak(voice) { $0.volume = 6 }
        #expect(largestDifference(loud, samples.map { $0 * 1.995262 }) < 1e-4)
    }

    @Test func speakersDiffer() throws {
        let voice = try PiperFixture.all[1].voice(try #require(ThreadPool(threads: 1)))
        #expect(voice.speakers == ["speaker-0", "speaker-1", "speaker-2"])
        let first = try speak(voice)
        #expect(try speak(voice) { $0.speaker = .named("speaker-0") } == first)
        #expect(try speak(voice) { $0.speaker = .number(2) } != first)
        let error = #expect(throws: SynthesisError.self) { try speak(voice) { $0.speaker = .number(3) } }
        #expect(error?.code == .speakerUnknown)
    }

    @Test func pausesAndMarksHaveTheirPlace() throws {
        let voice = try PiperFixture.all[0].voice(try #require(ThreadPool(threads: 1)))
        var sentence = Self.spoken
        let plain = try speak(voice, sentence)
        sentence.pauses = [.init(phonemeIndex: 5, seconds: 0.1)]
        sentence.marks = [.init(name: "word", phonemeIndex: 6), .init(name: "start", phonemeIndex: 0)]
        let paused = try speak(voice, sentence)
        #expect(paused.count == plain.count + voice.sampleRate / 10)
        let producer = try voice.makeSpeech(of: sentence, options: SpeechOptions(), seed: 1)
        let word = try #require(producer.marks.first { $0.name == "word" })
        #expect(producer.marks.first { $0.name == "start" }?.sample == 0)
        // Right before the marked word lies the silence or the space behind it, in any case after the pause began.
        let silence = try #require(paused.indices.first { paused[$0...].prefix(800).allSatisfy { $0 == 0 } })
        #expect(word.sample >= silence + voice.sampleRate / 10 - 1)
    }

    @Test func emptyAndEndlessSentences() throws {
        let voice = try PiperFixture.all[0].voice(try #require(ThreadPool(threads: 1)))
        _ = try speak(voice, SpokenSentence(text: "", phonemes: []))
        let endless = Self.sentence([Phoneme](repeating: Phoneme("a"), count: 5000))
        let error = #expect(throws: SynthesisError.self) { try speak(voice, endless) }
        #expect(error?.code == .sentenceTooLong)
    }

    @Test func missingFilesAreNamed() throws {
        let pool = try #require(ThreadPool(threads: 1))
        let error = #expect(throws: SynthesisError.self) { try PiperVoice.open("/nowhere/voice.onnx", pool: pool) }
        #expect(error?.code == .voiceUnreadable)
        #expect(error?.message.contains("/nowhere/voice.onnx.json") == true)
    }
}
