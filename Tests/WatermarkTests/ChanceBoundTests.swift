import Foundation
import Testing

@testable import Watermark

@Suite struct ChanceBoundTests {
    /// scipy.stats.norm.logsf(x) / log(10) + log10(1 / (4 · norm.sf(√2)))
    @Test(arguments: [(3.0, -2.3675), (5.0, -6.0404), (10.0, -22.6158), (29.9, -195.5048), (30.1, -198.1135)])
    func isTheNormalTailTimesAConstant(correlation: Double, expected: Double) {
        #expect(abs(ChanceBound.logarithm(correlation: correlation) - expected) < 2e-3)
    }

    @Test func neverPassesOne() {
        #expect(ChanceBound.logarithm(correlation: -1) == 0)
        #expect(ChanceBound.logarithm(correlation: 0.01) == 0)
        #expect(ChanceBound.logarithm(correlation: 3, share: 1e-6) == 0)
        let tenth = ChanceBound.logarithm(correlation: 6, share: 0.1)
        #expect(abs(tenth - ChanceBound.logarithm(correlation: 6) - 1) < 1e-9)
    }

    /// The bound holds for the hardest sums: few terms, unequal ones, equal ones.
    @Test func boundsEverySumOfRandomSigns() {
        for weights in [[1.0], [1, 1], [3, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1], [8, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1]] {
            let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
            var sums: [Double] = [0]
            for weight in weights { sums = sums.flatMap { [$0 + weight / norm, $0 - weight / norm] } }
            for place in stride(from: 0.1, to: 3.5, by: 0.1) {
                let probability = Double(sums.filter { $0 >= place }.count) / Double(sums.count)
                #expect(
                    probability <= pow(10, ChanceBound.logarithm(correlation: place)) + 1e-12, "\(weights) \(place)")
            }
        }
    }
}
