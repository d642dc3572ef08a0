import HelperProcess
import Phonemes
import TestSupport
import Testing
import Watermark

@testable import Synthesis

@Suite struct EspeakNGVoiceTests {
    private let speaker = EspeakSpeaker(helper: .program(path: BuiltProgram.path ?? "/nonexistent"))
    private let sentence = SpokenSentence(
        text: "Guten Tag.", phonemes: [.beginning, Phoneme("ɡ"), Phoneme("uː"), Phoneme("t"), Phoneme("."), .end],
        marks: [SpokenSentence.Mark(name: "middle", phonemeIndex: 3)])

    private func samples(_ speech: any SpeechProducer) throws -> [Float] {
        var samples: [Float] = []
        while try speech.next(into: &samples) {}
        return samples
    }

    @Test(.enabled(if: BuiltProgram.path != nil, "the program is not built"))
    func handsOutWhatEspeakSaysALittleLouder() throws {
        let voice = EspeakNGVoice(language: "de", speaker: speaker)
        let spoken = try speaker.samples(of: "Guten Tag.", language: "de", manner: .usual, limit: 1 << 20)
        let speech = try voice.makeSpeech(of: sentence, options: SpeechOptions(), seed: 0)
        let sound = try samples(speech)
        let factor = Decibels.factor(3)
        #expect(sound == spoken.map { Float($0) / 32_768 * factor })
        #expect(speech.marks == [SpeechMark(name: "middle", sample: sound.count / 2)])
        var quieter = SpeechOptions()
        quieter.volume = -3
        let quiet = try samples(voice.makeSpeech(of: sentence, options: quieter, seed: 0))
        #expect(zip(quiet, spoken).allSatisfy { abs($0 - Float($1) / 32_768) < 1e-5 } && quiet.count == spoken.count)
    }

    @Test(.enabled(if: BuiltProgram.path != nil, "the program is not built"))
    func itsSpeechIsMarked() throws {
        let voice = EspeakNGVoice(language: "en-us", speaker: speaker)
        var sentence = sentence
        sentence.text =
            "The quick brown fox jumps over the lazy dog, and nobody knows what the dog may think about that."
        var marked: [Float] = []
        var plain: [Float] = []
        while marked.count < 20 * voice.sampleRate {
            marked += try samples(
                voice.makeMarkedSpeech(
                    of: sentence, options: SpeechOptions(), seed: 0, watermark: Watermark(key: nil),
                    position: marked.count))
            plain += try samples(voice.makeSpeech(of: sentence, options: SpeechOptions(), seed: 0))
        }
        var detector = WatermarkDetector()
        detector.searchesSpeeds = false
        #expect(try detector.detect(marked, rate: voice.sampleRate).isFound)
        #expect(try !detector.detect(plain, rate: voice.sampleRate).isFound)
    }

    @Test func translatesOptions() {
        var options = SpeechOptions()
        #expect(EspeakNGVoice.manner(options, .neutral) == .usual)
        options.rate = 2
        options.pitch = -12
        options.pitchRange = 0
        #expect(EspeakNGVoice.manner(options, .neutral) == EspeakManner(wordsPerMinute: 350, pitch: 0, range: 0))
        options.pitch = 6
        options.rate = 4
        options.pitchRange = 2
        let prosody = Prosody(rate: 10, pitch: 24, pitchRange: 4)
        #expect(EspeakNGVoice.manner(options, .neutral) == EspeakManner(wordsPerMinute: 700, pitch: 75, range: 99))
        #expect(EspeakNGVoice.manner(options, prosody) == EspeakManner(wordsPerMinute: 700, pitch: 99, range: 99))
    }

    /// Markup around the whole sentence counts; around a part of it, it does not.
    @Test func takesTheProsodyOfAllOfASentence() {
        var sentence = sentence
        let slow = Prosody(rate: 0.5)
        sentence.spans = [SpokenSentence.ProsodySpan(range: 1..<4, prosody: slow)]
        #expect(sentence.commonProsody == slow)
        sentence.spans = [SpokenSentence.ProsodySpan(range: 1..<3, prosody: slow)]
        #expect(sentence.commonProsody == .neutral)
        sentence.spans = []
        #expect(sentence.commonProsody == .neutral)
    }

    @Test func isSilentWhereNothingIsSaid() throws {
        let voice = EspeakNGVoice(language: "de", speaker: EspeakSpeaker(helper: .program(path: "/nonexistent")))
        let pause = SpokenSentence(text: "", phonemes: [], pauseAfter: 1)
        #expect(try samples(voice.makeSpeech(of: pause, options: SpeechOptions(), seed: 0)).isEmpty)
        let speech = try voice.makeSpeech(of: sentence, options: SpeechOptions(), seed: 0)
        let error = #expect(throws: SynthesisError.self) { try samples(speech) }
        #expect(error?.code.rawValue == "speech.speaker_failed")
    }
}
