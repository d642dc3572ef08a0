import Testing
import Watermark

@testable import Synthesis

@Suite struct MarkedSpeechTests {
    @Test func aNeuralVoiceIsMarkedInItsSpectraFromSentenceToSentence() throws {
        let voice = try TinyVoice().voice
        var marked: [Float] = []
        var plain: [Float] = []
        while marked.count < 16 * voice.sampleRate {
            let seed = UInt64(marked.count)
            let start = marked.count
            marked += try Self.samples(
                voice.makeMarkedSpeech(
                    of: TinyVoice.sentence, options: SpeechOptions(), seed: seed, watermark: Watermark(key: nil),
                    position: start))
            plain += try Self.samples(
                voice.makeSpeech(of: TinyVoice.sentence, options: SpeechOptions(), seed: seed))
            #expect(marked.count == plain.count && marked[start...] != plain[start...])
        }
        #expect(try Self.detect(marked, voice.sampleRate).isFound)
        #expect(try !Self.detect(plain, voice.sampleRate).isFound)
    }

    private static func samples(_ speech: any SpeechProducer) throws -> [Float] {
        var samples: [Float] = []
        while try speech.next(into: &samples) {}
        return samples
    }

    private static func detect(_ samples: [Float], _ rate: Int) throws -> WatermarkEvidence {
        var detector = WatermarkDetector()
        detector.searchesSpeeds = false
        return try detector.detect(samples, rate: rate)
    }
}
