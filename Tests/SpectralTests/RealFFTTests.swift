import Glibc
import Testing

@testable import Spectral

@Suite struct RealFFTTests {
    /// The definition, in double precision.
    static func definition(_ signal: [Float]) -> [Float] {
        let size = signal.count
        return (0...(size / 2)).flatMap { bin in
            let sum = signal.enumerated().reduce(into: (0.0, 0.0)) { sum, sample in
                let angle = -2 * Double.pi * Double(bin * sample.offset % size) / Double(size)
                sum.0 += Double(sample.element) * cos(angle)
                sum.1 += Double(sample.element) * sin(angle)
            }
            return [Float(sum.0), Float(sum.1)]
        }
    }

    @Test(arguments: [1, 2, 3, 16, 97, 400])
    func equalsTheDefinition(size: Int) throws {
        let signal = noise(size, seed: 5)
        let spectrum = try FFTPlanCache.forward(size: size)(signal)
        #expect(distance(spectrum, Self.definition(signal)) < 2e-5)
    }

    @Test(arguments: [1, 2, 3, 16, 97, 400])
    func inverseUndoesForward(size: Int) throws {
        let signal = noise(size, seed: 6)
        let spectrum = try FFTPlanCache.forward(size: size)(signal)
        #expect(distance(try FFTPlanCache.inverse(size: size)(spectrum), signal) < 2e-6)
    }

    @Test(arguments: [Int.min, -1, 0, RealFFT.maximumSize + 1, .max])
    func refusesSizesOutOfRange(size: Int) {
        #expect { try FFTPlanCache.forward(size: size) } throws: { ($0 as? SpectralError)?.code == .sizeUnsupported }
        #expect { try FFTPlanCache.inverse(size: size) } throws: { ($0 as? SpectralError)?.code == .sizeUnsupported }
    }

    @Test func plansOnceAndOnManyThreads() async throws {
        let signal = noise(360, seed: 7)
        let expected = try FFTPlanCache.forward(size: 360)(signal)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<32 {
                group.addTask {
                    // Every task plans a length of its own while the others execute.
                    _ = try FFTPlanCache.inverse(size: 100 + index)
                    let transform = try FFTPlanCache.forward(size: 360)
                    return transform(signal) == expected
                }
            }
            for try await isEqual in group { #expect(isEqual) }
        }
        #expect(try FFTPlanCache.forward(size: 360) === FFTPlanCache.forward(size: 360))
    }

    @Test func wisdomGrowsByMeasuringAndCanBeTakenIn() throws {
        let before = FFTPlanCache.exportWisdom()
        _ = try FFTPlanCache.forward(size: 24, effort: .measure)
        let wisdom = FFTPlanCache.exportWisdom()
        #expect(wisdom.hasPrefix("(fftw"))
        #expect(wisdom.count > before.count)
        try FFTPlanCache.importWisdom(wisdom)
        #expect { try FFTPlanCache.importWisdom("(not wisdom") } throws: {
            ($0 as? SpectralError)?.code == .wisdomInvalid
        }
    }
}
