import Foundation

/// Sound with a voice's spectrum and rhythm: harmonics of a moving pitch under moving resonances, breath and pauses.
/// The same for the same seed.
struct Speechlike {
    let rate: Int
    private var state: UInt64

    init(rate: Int, seed: UInt64) {
        self.rate = rate
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    /// 0 ..< 1
    private mutating func random() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) / 9_007_199_254_740_992
    }

    mutating func samples(seconds: Double) -> [Float] {
        var samples: [Float] = []
        let total = Int(seconds * Double(rate))
        var phase = 0.0
        while samples.count < total {
            let count = Int((0.06 + 0.2 * random()) * Double(rate))
            let isPause = random() < 0.12
            let isVoiced = random() < 0.7
            let (f0, slide) = (90 + 120 * random(), (random() - 0.5) * 60)
            let peaks = [
                300 + 500 * random(), 900 + 1_400 * random(), 2_400 + 1_000 * random(), 4_500 + 1_500 * random(),
            ]
            let harmonics = (1...45).map { number -> Double in
                let f = Double(number) * f0
                return peaks.enumerated().reduce(0) { sum, peak in
                    let width = (f - peak.element) / (120 + 0.08 * peak.element)
                    return sum + exp(-0.5 * width * width) / Double(1 + peak.offset)
                } + 0.01
            }
            for index in 0..<count {
                let place = Double(index) / Double(count)
                phase += (f0 + slide * place) / Double(rate)
                phase -= phase.rounded(.down)
                let envelope = isPause ? 0.001 : sin(.pi * place).squareRoot() * 0.1
                var value = (random() - 0.5) * (isVoiced ? 0.1 : 1.5)
                if isVoiced {
                    for (number, strength) in harmonics.enumerated() where Double(number + 1) * f0 < 0.45 * Double(rate)
                    {
                        value += strength * sin(2 * .pi * Double(number + 1) * phase)
                    }
                }
                samples.append(Float(value * envelope))
            }
        }
        return Array(samples[..<total])
    }
}
