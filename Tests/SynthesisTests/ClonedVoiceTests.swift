import Glibc
import NeuralCodec
import Phonemes
import Testing
import WeightFiles

@testable import Synthesis

/// The tiny voice's decoder for copied voices, and what PyTorch makes of it; see Tests/Fixtures/speech/generate.py.
@Suite struct ClonedVoiceTests {
    private let tiny: TinyVoice
    private let expected: SafetensorsFile

    init() throws {
        tiny = try TinyVoice()
        expected = try SafetensorsFile(path: "\(TinyVoice.folder)/cloned.safetensors")
    }

    private func numbers(_ name: String) throws -> [Float] {
        let tensor = try #require(expected[name])
        var values = [Float](repeating: 0, count: tensor.elementCount)
        values.withUnsafeMutableBufferPointer { tensor.widen(0..<tensor.elementCount, into: $0) }
        return values
    }

    private func copy(_ numbers: [Float], encoder: String = "tiny-encoder") throws -> ClonedVoice {
        let result: Result<ClonedVoice, SynthesisError> = numbers.withUnsafeBufferPointer { numbers in
            Result { () throws(SynthesisError) in try tiny.voice.voice(of: numbers, encoder: encoder) }
        }
        return try result.get()
    }

    @Test(arguments: [1, 64, 1_000]) func decodesAsPyTorchDoes(piece: Int) throws {
        let copy = try copy(numbers("numbers"))
        let (_, features) = try tiny.voice.prepare(TinyVoice.sentence, SpeechOptions(), copy.delivery)
        var values: [Float] = []
        while let next = features.next(frames: piece) { values += next.values }
        let (mel, f0) = (try numbers("mel"), try numbers("f0"))
        try #require(values.count == f0.count * 102)
        for frame in 0..<f0.count {
            let row = values[frame * 102..<(frame + 1) * 102]
            // Half precision keeps eleven bits.
            expectClose(Array(row.prefix(100)), Array(mel[frame * 100..<(frame + 1) * 100]), within: 4e-3)
            let hertz = row[row.endIndex - 1] > 0 ? 200 * exp(row[row.endIndex - 2]) : 0
            #expect(abs(hertz - f0[frame]) < 0.05)
        }
    }

    @Test func theStockVoiceDoesNotChange() throws {
        let before = try tiny.speak()
        _ = try copy(numbers("numbers"))
        #expect(try tiny.speak() == before)
    }

    @Test func differentPeopleSoundDifferent() throws {
        var other = try numbers("numbers")
        for index in 0..<80 { other[192 + index] = -other[192 + index] }
        func sound(_ numbers: [Float]) throws -> [Float] {
            let speech = try copy(numbers).makeSpeech(of: TinyVoice.sentence, options: SpeechOptions(), seed: 7)
            var samples: [Float] = []
            while try speech.next(into: &samples) {}
            return samples
        }
        let (one, two) = (try sound(numbers("numbers")), try sound(other))
        #expect(one.count > 5_000 && one.count == two.count && one != two)
        #expect((one + two).allSatisfy { $0.isFinite })
    }

    @Test func whoIsNotDescribedIsNotSpokenAs() throws {
        let numbers = try numbers("numbers")
        for (numbers, encoder) in [
            (numbers, "another"), (Array(numbers.dropLast()), "tiny-encoder"), ([], "tiny-encoder"),
        ] {
            #expect(throws: SynthesisError.self) { try copy(numbers, encoder: encoder) }
        }
        #expect(tiny.voice.cloneEncoder == "tiny-encoder")
    }

    /// Whatever a record holds: sound of no more than its text's length, and no trap.
    @Test(arguments: [Float.nan, .infinity, -.infinity, 1e30, 0])
    func numbersThatNobodyHasDoNoHarm(value: Float) throws {
        let copy = try copy([Float](repeating: value, count: numbers("numbers").count))
        let speech = try copy.makeSpeech(of: TinyVoice.sentence, options: SpeechOptions(), seed: 1)
        var samples: [Float] = []
        while try speech.next(into: &samples) {}
        #expect(samples.count < 22_050 * 60)
    }
}
