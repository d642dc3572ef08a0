import Foundation
import NeuralCodec
import Phonemes
import StrictJSON
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Synthesis

/// A tiny voice with random weights, and what PyTorch makes of it; see Tests/Fixtures/speech/generate.py.
struct TinyVoice {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/speech").path

    let voice: NeuralVoice
    let pool: ThreadPool
    let expected: SafetensorsFile

    init(threads: Int = 1) throws {
        pool = try #require(ThreadPool(threads: threads))
        voice = try NeuralVoice.open("\(Self.folder)/voice", pool: pool)
        expected = try SafetensorsFile(path: "\(Self.folder)/expected.safetensors")
    }

    static let sentence = SpokenSentence(
        text: "hello, world tea?",
        phonemes: [
            .beginning, Phoneme("h"), Phoneme("ə"), Phoneme("l"), Phoneme("oʊ", stress: 1), Phoneme(","), Phoneme("w"),
            Phoneme("ɜː", stress: 1), Phoneme("l"), Phoneme("d", stress: 2), .wordBoundary, Phoneme("t"),
            Phoneme("iː", stress: 1), Phoneme("?"), .end,
        ])

    func numbers(_ name: String) throws -> [Float] {
        let tensor = try #require(expected[name])
        var values = [Float](repeating: 0, count: tensor.elementCount)
        values.withUnsafeMutableBufferPointer { tensor.widen(0..<tensor.elementCount, into: $0) }
        return values
    }

    func speak(
        _ sentence: SpokenSentence = sentence, seed: UInt64 = 7, _ change: (inout SpeechOptions) -> Void = { _ in }
    ) throws -> [Float] {
        var options = SpeechOptions()
        change(&options)
        let speech = try voice.makeSpeech(of: sentence, options: options, seed: seed)
        var samples: [Float] = []
        while try speech.next(into: &samples) {}
        return samples
    }
}

@Suite struct NeuralVoiceTests {
    /// Samples of a frame.
    private let hop = 256

    @Test func encodesAsPyTorchDoes() throws {
        let tiny = try TinyVoice()
        let entries = TinyVoice.sentence.phonemes.flatMap(tiny.voice.inventory.resolve)
        #expect(entries.count == TinyVoice.sentence.phonemes.count)
        let encoding = tiny.voice.model.encode(entries, speaker: tiny.voice.model.speakerVector(2), on: tiny.pool)
        expectClose(Array(encoding.hidden.elements), try tiny.numbers("hidden"), within: 1e-4)
        let variances = try tiny.numbers("variances")
        let columns = [encoding.logDurations, encoding.pitch, encoding.energy]
        for (column, values) in columns.enumerated() {
            expectClose(
                values, stride(from: column, to: variances.count, by: 3).map { variances[$0] }, within: 1e-4)
        }
    }

    @Test(arguments: [("plain", 1.0, 1), ("plain", 1, 7), ("plain", 1, 1_000), ("fast", 1.7, 64)])
    func decodesAsPyTorchDoes(name: String, rate: Double, piece: Int) throws {
        let tiny = try TinyVoice()
        var options = SpeechOptions()
        options.rate = rate
        let (plan, features) = try tiny.voice.prepare(TinyVoice.sentence, options)
        #expect(plan.durations.map(Float.init) == (try tiny.numbers("\(name).durations")))
        var values: [Float] = []
        while let next = features.next(frames: piece) { values += next.values }
        let (mel, f0) = (try tiny.numbers("\(name).mel"), try tiny.numbers("\(name).f0"))
        #expect(values.count == f0.count * 102)
        for frame in 0..<min(f0.count, values.count / 102) {
            let row = values[frame * 102..<(frame + 1) * 102]
            // Half precision keeps eleven bits.
            expectClose(Array(row.prefix(100)), Array(mel[frame * 100..<(frame + 1) * 100]), within: 3e-3)
            let hertz = row[row.endIndex - 1] > 0 ? 200 * exp(row[row.endIndex - 2]) : 0
            #expect(abs(hertz - f0[frame]) < 0.02)
        }
    }

    @Test func soundsAsPyTorchDoes() throws {
        let tiny = try TinyVoice()
        let samples = try tiny.speak { $0.rate = 1.7 }
        let largest = try tiny.numbers("fast.largest")[0]
        // The highest harmonics turn a millionth of a hertz into a part of a thousand.
        expectClose(samples.map { $0 / largest }, try tiny.numbers("fast.samples"), within: 0.02)
    }

    @Test func givesSoundBeforeItsEndAndTheSameInPiecesAsAtOnce() throws {
        let tiny = try TinyVoice(threads: 2)
        let long = SpokenSentence(
            text: "", phonemes: [.beginning] + (0..<40).flatMap { _ in TinyVoice.sentence.phonemes[1...12] } + [.end])
        let speech = try tiny.voice.makeSpeech(of: long, options: SpeechOptions(), seed: 1)
        var first: [Float] = []
        #expect(try speech.next(into: &first))
        var samples = first
        while try speech.next(into: &samples) {}
        #expect(try !speech.next(into: &samples))
        #expect(first.count > 0 && first.count < samples.count / 10)

        let (_, features) = try tiny.voice.prepare(long, SpeechOptions())
        var values: [Float] = []
        while let next = features.next(frames: 100_000) { values += next.values }
        let whole = try tiny.voice.codec.samples(of: CodecFeatures(melBins: 100, values: values), seed: 1)
        expectClose(samples, whole, within: 1e-4)
    }

    @Test func repeatsItselfBySeed() throws {
        let tiny = try TinyVoice()
        let samples = try tiny.speak(seed: 1)
        #expect(try tiny.speak(seed: 1) == samples)
        #expect(try tiny.speak(seed: 2) != samples)
        // The number of threads must not matter either.
        #expect(try TinyVoice(threads: 2).speak(seed: 1) == samples)
    }

    // MARK: Prosody

    @Test func followsTheOptions() throws {
        let tiny = try TinyVoice()
        let plain = try tiny.voice.prepare(TinyVoice.sentence, SpeechOptions()).plan
        func plan(_ change: (inout SpeechOptions) -> Void) throws -> ProsodyPlan {
            var options = SpeechOptions()
            change(&options)
            return try tiny.voice.prepare(TinyVoice.sentence, options).plan
        }
        let slow = try plan { $0.rate = 0.5 }
        #expect(zip(slow.durations, plain.durations).allSatisfy { abs($0 - 2 * $1) <= 1 })
        let high = try plan { $0.pitch = 12 }
        expectClose(high.logF0, plain.logF0.map { $0 + log(2) }, within: 1e-3)
        #expect(high.pitch.allSatisfy { abs($0) <= 3 })
        let flat = try plan { $0.pitchRange = 0 }
        #expect(flat.logF0.allSatisfy { $0 == 4.7 } && flat.movement.allSatisfy { $0 == 0 })
        let other = try plan { $0.speaker = .named("high") }
        #expect(other.gain.allSatisfy { abs($0 - 0.501) < 0.001 })

        let samples = try tiny.speak()
        let quiet = try tiny.speak { $0.volume = -20 }
        expectClose(quiet, samples.map { $0 / 10 }, within: 1e-6)
    }

    @Test func followsTheText() throws {
        let tiny = try TinyVoice()
        let plain = try tiny.voice.prepare(TinyVoice.sentence, SpeechOptions()).plan
        var sentence = TinyVoice.sentence
        sentence.spans = [
            .init(range: 1..<3, prosody: Prosody(rate: 0.5)),
            .init(range: 4..<6, prosody: Prosody(pitch: 3, volume: -100)),
            .init(range: 6..<8, prosody: Prosody(emphasis: .strong)),
        ]
        sentence.pauses = [.init(phonemeIndex: 6, seconds: 0.5)]
        sentence.marks = [
            .init(name: "a", phonemeIndex: 0), .init(name: "b", phonemeIndex: 7), .init(name: "c", phonemeIndex: 99),
        ]
        let plan = try tiny.voice.prepare(sentence, SpeechOptions()).plan
        #expect(plan.durations[1] > plain.durations[1] && plan.durations[6] > plain.durations[6])
        #expect(plan.durations[3] == plain.durations[3])
        #expect(plan.gain[4] == 0 && plan.gain[3] == 1 && plan.gain[6] > 1)
        #expect(plan.logF0[4] > plain.logF0[4] && plan.logF0[8] == plain.logF0[8])
        let pause = Int((0.5 * 22_050 / 256).rounded())
        #expect(plan.silence[6] == pause)

        let speech = try tiny.voice.makeSpeech(of: sentence, options: SpeechOptions(), seed: 1)
        var samples: [Float] = []
        while try speech.next(into: &samples) {}
        #expect(samples.count == plan.frames * hop)
        let before = plan.durations[..<6].reduce(0, +)
        #expect(speech.marks.map(\.name) == ["a", "b", "c"])
        #expect(speech.marks.map(\.sample) == [0, (before + pause + plan.durations[6]) * hop, samples.count])
    }

    @Test func speaksWhatItWasNeverTaught() throws {
        let tiny = try TinyVoice()
        let strange = SpokenSentence(
            text: "",
            phonemes: ["ɕ", "œ̃", "ʔ", "tˈiːoʊ", "😀", "", "ə̃ː", String(repeating: "ə", count: 500)].map { Phoneme($0) })
        #expect(try tiny.speak(strange).count > 0)
        #expect(try tiny.speak(SpokenSentence(text: "", phonemes: [])).count > 0)
        let endless = SpokenSentence(text: "", phonemes: [Phoneme](repeating: Phoneme("ə"), count: 10_000))
        let error = #expect(throws: SynthesisError.self) { try tiny.speak(endless) }
        #expect(error?.code == .sentenceTooLong)
    }

    @Test func resolvesSymbolsToTheirLikes() {
        let symbols = ["^", "$", " ", ",", ".", "h", "ə", "l", "oʊ", "ɜː", "t", "iː", "ɹ", "uː"]
        let inventory = PhonemeInventory(symbols)
        func resolved(_ symbol: String, stress: UInt8 = 0) -> [String] {
            inventory.resolve(Phoneme(symbol, stress: stress)).map { entry in
                ["", "ˈ", "ˌ"][Int(entry.stress)] + symbols[Int(entry.symbol)]
            }
        }
        #expect(resolved("oʊ", stress: 1) == ["ˈoʊ"])
        #expect(resolved("əː") == ["ə"])
        #expect(resolved("n̩ː") == [])
        #expect(resolved("ʁ") == ["ɹ"])
        #expect(resolved("y") == ["uː"])
        #expect(resolved("i") == ["iː"])
        #expect(resolved("…") == ["."] && resolved(";") == [","])
        #expect(resolved("həlˈoʊ") == ["h", "ə", "l", "ˈoʊ"])
        #expect(resolved("tˌiːʘt", stress: 1) == ["ˈt", "ˌiː", "t"])
    }
}

/// Expects two arrays of equal length, no pair of which differs by more.
func expectClose(
    _ values: [Float], _ expected: [Float], within tolerance: Float, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    let worst = zip(values, expected).map { abs($0 - $1) }.max() ?? 0
    // NaN is not within any tolerance.
    #expect(worst <= tolerance, sourceLocation: sourceLocation)
    #expect(values.allSatisfy { $0.isFinite }, sourceLocation: sourceLocation)
}
