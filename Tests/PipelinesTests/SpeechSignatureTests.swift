import Phonemes
import Synthesis
import Testing
import Watermark

@testable import Pipelines

@Suite struct SpeechSignatureTests {
    private static let text = String(repeating: "One two three four. ", count: 24)

    @Test func whateverIsReadAloudIsMarked() throws {
        let samples = try Self.speak(SpeechSignature())
        let evidence = try Self.detect(samples, keys: [])
        #expect(evidence.isFound, "\(evidence)")
        // The same voice, not read aloud by a job, is not.
        let voice = RustlingVoice()
        var sentence = SpokenSentence(text: "", phonemes: [])
        sentence.phonemes = (0..<200).map { _ in Phoneme("a") }
        let speech = try voice.makeSpeech(of: sentence, options: SpeechOptions(), seed: 1)
        var plain: [Float] = []
        while try speech.next(into: &plain) {}
        #expect(try !Self.detect(plain, keys: []).isFound)
    }

    @Test func tellsWhoseItIsAndTheSameEachTime() throws {
        let key = WatermarkKey(secret: [9])
        let samples = try Self.speak(SpeechSignature(key: key, kind: .cloned))
        #expect(try Self.speak(SpeechSignature(key: key, kind: .cloned)) == samples)
        let own = try #require(try Self.detect(samples, keys: [key]).own)
        #expect(own.isFound && own.payload.kind == .cloned, "\(own)")
        let other = try #require(try Self.detect(samples, keys: [WatermarkKey(secret: [10])]).own)
        #expect(!other.isFound, "\(other)")
    }

    private static func speak(_ signature: SpeechSignature) throws -> [Float] {
        let sink = CollectingSink()
        let job = ReadAloudJob(
            .plain(text), voice: RustlingVoice(),
            frontEnd: SpeechFrontEnd(language: "en-us", phonemizer: LetterPhonemizer()), signature: signature)
        try job.speak(into: sink)
        return sink.samples
    }

    private static func detect(_ samples: [Float], keys: [WatermarkKey]) throws -> WatermarkEvidence {
        var detector = WatermarkDetector(keys: keys)
        detector.searchesSpeeds = false
        return try detector.detect(samples, rate: 16_000)
    }
}

/// Rustles for 80 ms for each letter.
private struct RustlingVoice: SpeechVoice {
    let name = "rustle"
    let language = "en-us"
    let sampleRate = 16_000
    let speakers = ["one"]
    let followsPitch = true

    func makeSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64
    ) throws(SynthesisError) -> any SpeechProducer {
        Rustle(letters: sentence.phonemes.filter { $0.symbol.first?.isLetter ?? false }.count, seed: seed)
    }

    private final class Rustle: SpeechProducer {
        private var letters: Int
        private var state: UInt64

        init(letters: Int, seed: UInt64) {
            self.letters = letters
            state = seed | 1
        }

        func next(into samples: inout [Float]) throws(SynthesisError) -> Bool {
            guard letters > 0 else { return false }
            letters -= 1
            for _ in 0..<1_280 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                samples.append(Float(Int32(truncatingIfNeeded: state >> 16)) * 0x1p-33)
            }
            return true
        }
    }
}
