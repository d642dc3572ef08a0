import Phonemes
import Synthesis
import Testing

@Suite struct SpeechOptionsTests {
    @Test(arguments: [
        (1.0, 0.0, 1.0, 0.0), (0.25, -12, 0, -40), (4, 12, 2, 12),
    ])
    func acceptsWhatVoicesCanDo(rate: Double, pitch: Double, range: Double, volume: Double) throws {
        try options(rate, pitch, range, volume).validate()
    }

    @Test(arguments: [
        (0.2, 0.0, 1.0, 0.0), (.nan, 0, 1, 0), (1, 13, 1, 0), (1, 0, -0.1, 0), (1, 0, 1, 12.5), (1, 0, 1, -.infinity),
    ])
    func refusesTheRest(rate: Double, pitch: Double, range: Double, volume: Double) {
        let error = #expect(throws: SynthesisError.self) { try options(rate, pitch, range, volume).validate() }
        #expect(error?.code == .optionInvalid)
    }

    private func options(_ rate: Double, _ pitch: Double, _ range: Double, _ volume: Double) -> SpeechOptions {
        var options = SpeechOptions()
        options.rate = rate
        options.pitch = pitch
        options.pitchRange = range
        options.volume = volume
        return options
    }

    @Test func findsSpeakersByNameAndNumber() throws {
        let voice = SilentVoice(speakers: ["anna", "ben"])
        var options = SpeechOptions()
        #expect(try options.speakerNumber(in: voice) == nil)
        options.speaker = .named("ben")
        #expect(try options.speakerNumber(in: voice) == 1)
        for unknown in [SpeechOptions.Speaker.named("Ben"), .number(2), .number(-1)] {
            options.speaker = unknown
            #expect(throws: SynthesisError.self) { try options.speakerNumber(in: voice) }
        }
    }

    @Test func givesEachSentenceItsOwnSeed() {
        var options = SpeechOptions()
        let first = (0..<100).map(options.seed(forSentence:))
        #expect(Set(first).count == 100)
        options.seed = 1
        #expect((0..<100).map(options.seed(forSentence:)) != first)
    }
}

/// A voice with nothing to say.
struct SilentVoice: SpeechVoice {
    let name = "silent"
    let language = "en-us"
    let sampleRate = 16_000
    var speakers = ["only"]
    let followsPitch = true

    func makeSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64
    ) throws(SynthesisError) -> any SpeechProducer {
        Nothing()
    }

    private final class Nothing: SpeechProducer {
        func next(into samples: inout [Float]) throws(SynthesisError) -> Bool { false }
    }
}
