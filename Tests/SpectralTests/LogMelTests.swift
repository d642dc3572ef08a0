import CKernels
import Glibc
import Testing

@testable import Spectral

@Suite struct LogMelTests {
    static func batch(_ samples: [Float], bins: Int, padding: Int = 0) -> LogMel {
        samples.withUnsafeBufferPointer { LogMelSpectrogram(melBins: bins)($0, padding: padding) }
    }

    /// Odd lengths, with and without padding; half of each signal lies under the clamp.
    @Test(arguments: [(80, 8037, 1, 0), (128, 4100, 2, 500)])
    func equalsOpenAI(bins: Int, count: Int, seed: UInt64, padding: Int) throws {
        let mel = Self.batch(tone(count, seed: seed), bins: bins, padding: padding)
        #expect(mel.frames == (count + padding) / 160)
        #expect(distance(mel.values, try Fixture.floats("log-mel-\(bins)")) < 2e-5)
    }

    /// Cut in ways that split frames, mirrors and blocks of frames.
    @Test(arguments: [1, 7, 160, 199, 201, 400, 1111, 100_000])
    func streamEqualsBatch(piece: Int) {
        let samples = tone(9_999, seed: 11)
        var stream = LogMelStream(melBins: 80)
        var frames: [Float] = []
        samples.withUnsafeBufferPointer { samples in
            for start in stride(from: 0, to: samples.count, by: piece) {
                stream.append(.init(rebasing: samples[start..<min(start + piece, samples.count)]), to: &frames)
                #expect(stream.frames * 80 == frames.count)
            }
        }
        #expect(stream.frames == (9_999 - 200) / 160 + 1)
        stream.finish(to: &frames)
        stream.finish(to: &frames)
        #expect(stream.frames == 9_999 / 160)
        #expect(stream.samples == 9_999)
        frames.withUnsafeMutableBufferPointer { LogMel.normalize($0, maximum: stream.maximum) }
        // The reference's transcribe() appends silence and drops its frames.
        let batch = Self.batch(samples, bins: 80, padding: 480)
        let isEqual = frames == Array(batch.values.prefix(frames.count))
        #expect(isEqual)
    }

    @Test(arguments: [0, 1, 159, 160, 199, 200, 201, 320, 359, 360])
    func shortStreamsAreFollowedByZeros(count: Int) {
        let samples = noise(count, seed: 12)
        var stream = LogMelStream(melBins: 80)
        var frames: [Float] = []
        samples.withUnsafeBufferPointer { stream.append($0, to: &frames) }
        stream.finish(to: &frames)
        #expect(frames.count == count / 160 * 80)
        frames.withUnsafeMutableBufferPointer { LogMel.normalize($0, maximum: stream.maximum) }
        let isEqual = frames == Array(Self.batch(samples, bins: 80, padding: 480).values.prefix(frames.count))
        #expect(isEqual)
    }

    @Test func copiesOfAStreamGoOnAlone() {
        let samples = noise(2_000, seed: 13)
        var stream = LogMelStream(melBins: 80)
        var (first, second): ([Float], [Float]) = ([], [])
        samples.withUnsafeBufferPointer { stream.append($0, to: &first) }
        var copy = stream
        second = first
        samples.withUnsafeBufferPointer { stream.append($0, to: &first) }
        samples.withUnsafeBufferPointer { copy.append($0, to: &second) }
        let isEqual = first == second
        #expect(isEqual)
    }

    @Test func silenceAndNonsenseStayFinite() {
        // log10(1e-10) = −10 is the maximum as well: (−10 + 4) / 4.
        let silence = Self.batch([Float](repeating: 0, count: 1600), bins: 80)
        #expect(silence.values.allSatisfy { abs($0 + 1.5) < 1e-6 })
        let nonsense = Self.batch([.nan, .infinity, -.infinity, 1e30] + noise(1600, seed: 14), bins: 128)
        #expect(nonsense.values.allSatisfy { $0.isFinite })
    }

    @Test func fewSamplesGiveNoFrames() {
        #expect(Self.batch([], bins: 80) == LogMel(melBins: 80, frames: 0, values: []))
        #expect(Self.batch(noise(159, seed: 15), bins: 80).frames == 0)
        #expect(Self.batch(noise(160, seed: 15), bins: 80, padding: -5).frames == 1)
        #expect(Self.batch([], bins: 80, padding: 48_000).frames == 300)
    }

    @Test func logarithmIsAccurateEverywhere() {
        // Mantissas around the points where the reduction switches, over all exponents of normal numbers.
        let mantissas: [Float] = [1, 1.0000001, 1.1, 1.41421, 1.414214, 1.4142137, 1.5, 1.9999999]
        let inputs = (-126...127).flatMap { exponent in mantissas.map { scalbnf($0, Int32(exponent)) } }
        var outputs = [Float](repeating: 0, count: inputs.count)
        hk_log10(inputs, &outputs, inputs.count)
        for (input, output) in zip(inputs, outputs) {
            let exact = log10(Double(input))
            #expect(abs(Double(output) - exact) <= 2 * Double(Float(exact).ulp))
        }
    }
}
