import AudioCore
import Testing

@testable import AudioIO

extension SpeechCleaner {
    static let isPresent = (try? SpeechCleaner(echoTail: 0.1, noiseSuppression: 0)) != nil
}

/// What speexdsp takes out, measured by energy.
@Suite(.enabled(if: SpeechCleaner.isPresent, "libspeexdsp1 is not installed"))
struct SpeechCleanerTests {
    /// White noise that swells and fades three times a second, as syllables do.
    private static func syllables(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed
        return (0..<count).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let noise = Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
            return index / 2_667 % 2 == 0 ? noise * 0.3 : noise * 0.02
        }
    }

    private static func energy(_ samples: some Sequence<Float>) -> Float {
        samples.reduce(0) { $0 + $1 * $1 }
    }

    private static func clean(_ samples: inout [Float], far: [Float]?, with cleaner: SpeechCleaner) {
        let frame = SpeechCleaner.frameCount
        for start in stride(from: 0, to: samples.count - frame + 1, by: frame) {
            samples.withUnsafeMutableBufferPointer { samples in
                let part = UnsafeMutableBufferPointer(rebasing: samples[start..<start + frame])
                if let far {
                    far.withUnsafeBufferPointer {
                        cleaner.clean(part, far: UnsafeBufferPointer(rebasing: $0[start..<start + frame]))
                    }
                } else {
                    cleaner.clean(part)
                }
            }
        }
    }

    @Test func cancelsTheEchoOfTheLoudspeaker() throws {
        let far = Self.syllables(10 * 16_000, seed: 1)
        // 40 ms later, at half its loudness.
        let echo = [Float](repeating: 0, count: 640) + far.dropLast(640).map { $0 * 0.5 }
        var heard = echo
        Self.clean(&heard, far: far, with: try SpeechCleaner(echoTail: 0.2, noiseSuppression: 0))
        let last = 8 * 16_000..<10 * 16_000
        #expect(Self.energy(heard[last]) < Self.energy(echo[last]) / 100, "less than 20 dB")
    }

    @Test func keepsWhatIsNoEcho() throws {
        let far = Self.syllables(10 * 16_000, seed: 1)
        let near = Self.syllables(10 * 16_000, seed: 2)
        var heard = near
        Self.clean(&heard, far: far, with: try SpeechCleaner(echoTail: 0.2, noiseSuppression: 0))
        let last = 5 * 16_000..<10 * 16_000
        #expect(Self.energy(heard[last]) > Self.energy(near[last]) / 4, "more than 6 dB lost")
    }

    @Test func lowersSteadyNoise() throws {
        var state: UInt64 = 3
        let noise = (0..<10 * 16_000).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31 * 0.05
        }
        var heard = noise
        Self.clean(&heard, far: nil, with: try SpeechCleaner(echoTail: 0, noiseSuppression: 20))
        let last = 5 * 16_000..<10 * 16_000
        #expect(Self.energy(heard[last]) < Self.energy(noise[last]) / 10, "less than 10 dB")
    }

    @Test func handsOverWhatWasPlayedAtTheRateOfTheRecording() {
        let reference = EchoReference()
        #expect(reference.claim(rate: 48_000))
        #expect(!reference.claim(rate: 48_000))
        let played = (0..<4_800).map { Float($0 / 3) }
        played.withUnsafeBufferPointer { reference.write($0) }
        var samples = [Float](repeating: -1, count: 1_700)
        // In two reads whose border lies within a block.
        samples.withUnsafeMutableBufferPointer { samples in
            guard let base = samples.baseAddress else { return }
            reference.read(base, count: 777, rate: 16_000)
            reference.read(base + 777, count: 923, rate: 16_000)
        }
        // Each is the mean of three that are the same.
        #expect((0..<1_600).allSatisfy { abs(samples[$0] - Float($0)) <= Float($0) * 1e-6 })
        #expect(samples[1_600...].allSatisfy { $0 == 0 })
        reference.release()
        // A rate that does not divide: an hour of it would be taken in an hour.
        #expect(reference.claim(rate: 22_050))
        for _ in 0..<100 {
            let second = [Float](repeating: 0.25, count: 22_050)
            second.withUnsafeBufferPointer { reference.write($0) }
            var taken = [Float](repeating: -1, count: 16_000)
            taken.withUnsafeMutableBufferPointer {
                if let base = $0.baseAddress { reference.read(base, count: 16_000, rate: 16_000) }
            }
            #expect(taken.allSatisfy { abs($0 - 0.25) < 1e-4 })
        }
        reference.release()
        #expect(reference.claim(rate: 16_000))
        [Float](arrayLiteral: 1, 2, 3).withUnsafeBufferPointer { reference.write($0) }
        samples.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress { reference.read(base, count: 4, rate: 16_000) }
        }
        #expect(samples[..<4] == [1, 2, 3, 0])
    }

    @Test func recordsWhatIsPlayedInStepWithWhatIsHeard() {
        let reference = EchoReference()
        #expect(reference.claim(rate: 16_000))
        let state = CaptureState(seconds: 1, rate: 16_000, reference: reference)
        let device = FakePCM([.frames(320), .frames(320)])
        var loop = CaptureLoop(device.device(), state: state, now: 0)
        let played = (0..<400).map { Float($0 + 1) }
        played.withUnsafeBufferPointer { reference.write($0) }
        while !device.hasEnded { _ = loop.step(now: device.clock) }
        var far = [Float](repeating: -1, count: 1_000)
        let count = far.withUnsafeMutableBufferPointer { state.played?.read(into: $0) ?? 0 }
        #expect(count == 640 && state.heard.count == 640)
        #expect(far[..<400].elementsEqual(played) && far[400..<640].allSatisfy { $0 == 0 })
    }
}
