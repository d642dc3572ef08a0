import AudioCore
import Foundation
import Testing

private let resampledFolder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/audio/resampled")

private func floats(_ url: URL) throws -> [Float] {
    let data = try Data(contentsOf: url)
    return data.withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map {
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
        }
    }
}

/// The signal of `Fixtures/audio/generate.py`.
private func chirp(_ rate: Int) -> [Float] {
    (0..<rate / 5).map {
        let t = Double($0) / Double(rate)
        return Float(0.5 * sin(2 * .pi * (100 * t + 9_000 * t * t)))
    }
}

@Suite struct ResamplerTests {
    @Test(arguments: [8_000, 22_050, 44_100, 48_000])
    func equalsPythonSoxr(rate: Int) throws {
        let expected = try floats(resampledFolder.appending(path: "\(rate).f32"))
        let stream = try MonoStream(ArrayReader(chirp(rate), rate: rate))
        let samples = try stream.readAll()
        #expect(samples.count == expected.count)
        let worst = zip(samples, expected).map { abs($0 - $1) }.max()
        #expect(try #require(worst) < 1e-5)
        #expect(stream.framesRead == rate / 5)
    }

    /// 0.913 × 8 kHz passes unchanged and what lies above 8 kHz must not come back as an alias.
    @Test(arguments: [(1_000.0, 1.0), (7_000.0, 1.0), (9_500.0, 0.0), (15_000.0, 0.0)])
    func passesAndStopsTones(frequency: Double, gain: Double) throws {
        let tone = (0..<48_000).map { Float(sin(2 * .pi * frequency * Double($0) / 48_000)) }
        let samples = try MonoStream(ArrayReader(tone, rate: 48_000)).readAll()
        // The ends ring; the middle is the steady state.
        let error = (4_000..<12_000).map {
            abs(Double(samples[$0]) - gain * sin(2 * .pi * frequency * Double($0) / 16_000))
        }
        #expect(try #require(error.max()) < 1e-5)
    }

    @Test(arguments: [1, 160, 7_777])
    func blockSizesDoNotMatter(blockFrames: Int) throws {
        let whole = try MonoStream(ArrayReader(chirp(44_100), rate: 44_100)).readAll()
        let reader = try ArrayReader(chirp(44_100), rate: 44_100, blockFrames: blockFrames)
        let pieces = try MonoStream(reader).readAll(chunk: 333)
        #expect(pieces == whole)
    }

    @Test(arguments: [1, 200, 201, 399, 400])
    func veryShortInputKeepsItsLength(frames: Int) throws {
        let input = [Float](repeating: 0.25, count: frames)
        let samples = try MonoStream(ArrayReader(input, rate: 48_000)).readAll()
        #expect(abs(samples.count - frames / 3) <= 1)
        #expect(samples.allSatisfy { $0.isFinite })
    }

    @Test func refusesRatesOutsideOfTheSupportedOnes() {
        for (from, to) in [(0, 16_000), (3_999, 16_000), (384_001, 16_000), (16_000, 0), (Int.max, 16_000)] {
            let error = #expect(throws: AudioError.self) { _ = try Resampler(from: from, to: to) }
            #expect(error?.code == .rateUnsupported)
        }
    }
}
