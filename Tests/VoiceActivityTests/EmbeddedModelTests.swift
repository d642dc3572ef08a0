import Foundation
import TestSupport
import Testing
import VoiceActivity

/// The model in `Models/voice-activity`, which comes with hearsay.
@Suite struct EmbeddedModelTests {
    private let model: VoiceActivityModel

    init() throws {
        model = try VoiceActivityModel.embedded(in: [Fixture.package.path])
        try #require(model !== VoiceActivityModel.energy)
    }

    private func segments(_ samples: [Float], _ options: VoiceActivityOptions = VoiceActivityOptions()) -> [Range<Int>]
    {
        samples.withUnsafeBufferPointer { model.speechSegments(in: $0, options: options) }
    }

    @Test func agreesWithPyTorch() throws {
        let samples = try Fixture.tensor("expected.safetensors", "samples")
        let expected = try Fixture.tensor("embedded.safetensors", "probabilities")
        #expect(distance(probabilities(model, samples, pieces: 160), expected) < 1e-4)
    }

    /// Half a minute each of silence, noise, a hum with harmonics, and clicks.
    @Test func hearsNothingWhereNobodySpeaks() {
        var state: UInt32 = 1
        func noise() -> Float {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) / Float(1 << 23) - 1
        }
        let count = 30 * VoiceActivityModel.sampleRate
        #expect(segments([Float](repeating: 0, count: count)).isEmpty)
        #expect(segments((0..<count).map { _ in 0.05 * noise() }).isEmpty)
        // 160 samples to a period of 100 Hz.
        #expect(segments((0..<count).map { 0.1 * (Float($0 % 160) / 80 - 1) + 0.002 * noise() }).isEmpty)
        #expect(segments((0..<count).map { 0.001 * noise() + ($0 % 4000 < 40 ? 0.5 * noise() : 0) }).isEmpty)
    }

    /// "And so, my fellow Americans, | ask not | what your country …": the pauses lie at 2.3 … 3.3 and 4.5 … 5.4 s.
    @Test(.enabled(if: GoldenCase.all.contains { $0.name == "english" }, "no golden case with a real recording"))
    func findsThePhrasesOfARecording() throws {
        let samples = try #require(GoldenCase.all.first { $0.name == "english" }).samples()
        var options = VoiceActivityOptions(preRoll: 0, hangOver: 0)
        options.minimumSilence = 0.3
        let found = segments(samples, options).map { (Double($0.lowerBound) / 16_000, Double($0.upperBound) / 16_000) }
        #expect(found.count >= 3)
        for pause in [2.4...3.1, 4.7...5.2] {
            #expect(
                !found.contains { $0.0 < pause.upperBound && $0.1 > pause.lowerBound }, "speech in the pause \(pause)")
        }
        for phrase in [0.5...2.0, 3.4...3.8, 5.6...7.4, 8.4...10.3] {
            #expect(found.contains { $0.0 <= phrase.lowerBound && $0.1 >= phrase.lowerBound }, "nothing at \(phrase)")
        }
    }
}
