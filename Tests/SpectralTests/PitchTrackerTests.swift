import Glibc
import Testing

@testable import Spectral

/// The contour of known signals; the codec's tests compare it with the reference.
@Suite struct PitchTrackerTests {
    @Test(arguments: [(22_050, 80.0), (22_050, 137.0), (22_050, 410.0), (16_000, 220.0)])
    func findsTheFrequencyOfATone(rate: Int, hertz: Double) throws {
        let samples = (0..<rate / 2).map { index in
            (1...5).reduce(Float(0)) { sum, harmonic in
                sum + Float(cos(2 * Double.pi * hertz * Double(harmonic * index) / Double(rate))) / Float(harmonic)
            }
        }
        let contour = try samples.withUnsafeBufferPointer {
            try PitchTracker(sampleRate: rate, hopLength: 256)($0)
        }
        #expect(contour.count == 1 + samples.count / 256)
        #expect(contour.dropFirst(3).dropLast(3).allSatisfy { abs(Double($0) / hertz - 1) < 0.005 })
    }

    @Test func silenceAndNoiseHaveNone() throws {
        let tracker = try PitchTracker(sampleRate: 22_050, hopLength: 256)
        for samples in [[], [Float](repeating: 0, count: 5000), noise(22_050, seed: 3)] {
            let contour = samples.withUnsafeBufferPointer { tracker($0) }
            #expect(contour.filter { $0 > 0 }.count <= contour.count / 10)
        }
        for samples in [[Float.nan], [Float](repeating: .infinity, count: 3000)] {
            #expect(samples.withUnsafeBufferPointer { tracker($0) }.allSatisfy { $0 == 0 })
        }
    }

    @Test(arguments: [(0, 256), (96_000, 256), (22_050, 0)]) func refuses(rate: Int, hop: Int) {
        #expect(throws: SpectralError.self) { try PitchTracker(sampleRate: rate, hopLength: hop) }
    }
}
