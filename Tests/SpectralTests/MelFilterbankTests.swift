import Testing

@testable import Spectral

@Suite struct MelFilterbankTests {
    @Test(arguments: [80, 128])
    func equalsLibrosa(bins: Int) throws {
        var expected = [Float](repeating: 0, count: bins * 201)
        for row in try Fixture.table("mel-\(bins)") {
            expected[Int(row[0]) * 201 + Int(row[1])] = Float(row[2])
        }
        #expect(expected.contains { $0 > 0.01 })
        let bank = MelFilterbank(bins: bins)
        #expect(bank.frequencies == 201)
        #expect(distance(bank.matrix, expected) < 1e-8)
    }

    /// Narrow filters can fall between two frequencies, wide ones take them all; neither may upset the packed form.
    @Test(arguments: [1, 2, 40, 512])
    func everySizeIsConsistent(bins: Int) {
        let bank = MelFilterbank(bins: bins, fftSize: 256, sampleRate: 22_050)
        #expect(bank.matrix.count == bins * 129)
        #expect(bank.matrix.filter { $0 > 0 }.count == bank.weights.count)
        #expect(bank.matrix.allSatisfy { $0 >= 0 })
    }

    @Test func scaleIsSlaneys() {
        let slaney = MelScale.slaney
        #expect(abs(slaney.mel(hertz: 1000) - 15) < 1e-12)
        #expect(abs(slaney.mel(hertz: 6400) - 42) < 1e-12)
        for hertz in [0.0, 440, 999.9, 1000, 7999] {
            #expect(abs(slaney.hertz(mel: slaney.mel(hertz: hertz)) - hertz) < 1e-9)
        }
    }
}
