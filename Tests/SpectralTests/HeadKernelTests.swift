import CKernels
import Glibc
import Testing

/// What vocoders' heads do to a spectrum, against the formulas in double precision.
@Suite struct HeadKernelTests {
    @Test func polarFormMatchesTheFormula() {
        let count = 1003
        let heights = (0..<count).map { Float($0 % 57) / 5 - 6 }
        let phases = (0..<count).map { (Float($0) - 500) * ($0 % 3 == 0 ? 1.7 : 0.01) }
        var spectrum = [Float](repeating: 0, count: 2 * count)
        hk_polar(heights, phases, 100, &spectrum, count)
        for index in 0..<count {
            let height = min(exp(Double(heights[index])), 100)
            let (re, im) = (height * cos(Double(phases[index])), height * sin(Double(phases[index])))
            #expect(abs(Double(spectrum[2 * index]) - re) < 1e-6 * max(1, height))
            #expect(abs(Double(spectrum[2 * index + 1]) - im) < 1e-6 * max(1, height))
        }
    }

    @Test func sourceFilterMatchesTheFormula() {
        let count = 513
        let (gains, phases) = (noise(count, seed: 1).map { 8 * $0 }, noise(count, seed: 2).map { 3 * $0 })
        let (levels, pulses) = (noise(count, seed: 3).map { 10 * $0 }, noise(2 * count, seed: 4))
        let source = noise(2 * count, seed: 5)
        var spectrum = [Float](repeating: 0, count: 2 * count)
        hk_source_filter(gains, phases, levels, pulses, source, 2, &spectrum, count)
        for index in 0..<count {
            let height = exp(min(Double(gains[index]), 6))
            let angle = Double.pi * tanh(Double(phases[index]))
            let size = hypot(Double(source[2 * index]), Double(source[2 * index + 1]))
            let level = exp(min(Double(levels[index]) - 2, 6)) / max(size, 1e-7)
            let (a, b) = (height * cos(angle), height * sin(angle))
            let (re, im) = (Double(pulses[2 * index]), Double(pulses[2 * index + 1]))
            let wanted = [
                a * re - b * im + level * Double(source[2 * index]),
                a * im + b * re + level * Double(source[2 * index + 1]),
            ]
            for part in 0..<2 {
                #expect(abs(Double(spectrum[2 * index + part]) - wanted[part]) < 2e-6 * (1 + height + level * size))
            }
        }
    }

    @Test func extremesStayFinite() {
        let extremes: [Float] = [-.greatestFiniteMagnitude, -1e10, -100, 100, 1e10, .greatestFiniteMagnitude]
        let zeros = [Float](repeating: 0, count: 12)
        var spectrum = [Float](repeating: 0, count: 12)
        hk_polar(extremes, zeros, 100, &spectrum, 6)
        #expect(spectrum.allSatisfy { abs($0) <= 100 })
        hk_source_filter(extremes, extremes, extremes, zeros, zeros, 2, &spectrum, 6)
        #expect(spectrum.allSatisfy { $0 == 0 })
    }
}
