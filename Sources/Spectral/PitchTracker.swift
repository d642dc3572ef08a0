import Glibc

/// Fundamental frequency of a voice by autocorrelation and a Viterbi search.
///
/// Source: P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
/// sampled sound", IFA Proceedings 17 (1993): each frame's autocorrelation is divided by its window's, peaks are
/// candidates, and the path of least cost through all frames (octave jumps and voicing changes cost) is the contour.
public struct PitchTracker: Sendable {
    /// In Hz.
    public static let minimum = 65.0
    /// In Hz.
    public static let maximum = 550.0

    /// In Hz.
    public let sampleRate: Int
    /// Samples between frames.
    public let hopLength: Int

    // The costs are Boersma's names with the values that the codec was trained with.
    private static let window = 1024
    private static let candidateLimit = 6
    private static let silenceThreshold = 0.03
    private static let voicingThreshold = 0.45
    private static let octaveCost = 0.01
    private static let octaveJumpCost = 0.35
    private static let voicingCost = 0.14

    private let forward: RealFFT
    private let inverse: InverseRealFFT
    private let shape: [Float]
    /// 1 / the window's own normalised autocorrelation, `[longest + 2]`.
    private let correction: [Double]
    private let shortest: Int
    private let longest: Int

    /// - Throws: `spectral.framing_invalid` for sample rates outside 8…48 kHz, or a hop outside 1…65536.
    public init(sampleRate: Int, hopLength: Int) throws(SpectralError) {
        guard (8000...48_000).contains(sampleRate), (1...65_536).contains(hopLength) else {
            throw SpectralError(
                .framingInvalid,
                "pitch of audio at \(sampleRate) Hz every \(hopLength) samples: 8 to 48 kHz and a hop of 1 to 65536 are "
                    + "possible")
        }
        self.sampleRate = sampleRate
        self.hopLength = hopLength
        shortest = Int(Double(sampleRate) / Self.maximum)
        longest = Int((Double(sampleRate) / Self.minimum).rounded(.up))
        forward = try FFTPlanCache.forward(size: 2 * Self.window)
        inverse = try FFTPlanCache.inverse(size: 2 * Self.window)
        shape = Window.hann(Self.window)
        let own = Correlator(forward, inverse)
        own.correlate(shape)
        correction = (0..<(longest + 2)).map { Double(own.lags[0]) / Double(own.lags[$0]) }
    }

    /// F0 in Hz per frame, 0 where unvoiced: `1 + samples.count / hopLength` frames, frame k centred on sample
    /// k · hopLength.
    public func callAsFunction(_ samples: UnsafeBufferPointer<Float>) -> [Float] {
        let frames = 1 + samples.count / hopLength
        guard !samples.isEmpty else { return [0] }
        var candidates: [[Candidate]] = []
        candidates.reserveCapacity(frames)
        var peaks: [Double] = []
        let correlator = Correlator(forward, inverse)
        var excerpt = [Float](repeating: 0, count: Self.window)
        for frame in 0..<frames {
            peaks.append(cut(samples, around: frame * hopLength, into: &excerpt))
            correlator.correlate(excerpt)
            candidates.append(self.candidates(correlator.lags))
        }
        let loudest = max(peaks.max() ?? 0, 1e-9)
        for frame in 0..<frames {
            let silence = peaks[frame] / loudest / (Self.silenceThreshold / (1 + Self.voicingThreshold))
            let strength = Self.voicingThreshold + max(0, 2 - silence)
            candidates[frame].insert(Candidate(frequency: 0, octave: 0, strength: strength), at: 0)
        }
        return bestPath(candidates)
    }

    /// Writes the windowed samples around one, less their mean, and returns the largest amplitude before the window.
    private func cut(_ samples: UnsafeBufferPointer<Float>, around centre: Int, into excerpt: inout [Float]) -> Double {
        let start = centre - Self.window / 2
        var sum: Double = 0
        for index in excerpt.indices {
            let position = start + index
            let sample = position >= 0 && position < samples.count ? samples[position] : 0
            excerpt[index] = sample
            sum += Double(sample)
        }
        let mean = Float(sum / Double(Self.window))
        var peak: Float = 0
        for index in excerpt.indices {
            let value = excerpt[index] - mean
            peak = max(peak, abs(value))
            excerpt[index] = value * shape[index]
        }
        return Double(peak)
    }

    private struct Candidate {
        /// In Hz; 0 is unvoiced.
        var frequency: Double
        /// log₂ of the frequency.
        var octave: Double
        var strength: Double
    }

    /// The strongest peaks of a normalised autocorrelation, best first.
    private func candidates(_ lags: UnsafePointer<Float>) -> [Candidate] {
        let scale = 1 / max(Double(lags[0]), 1e-12)
        let correlation = { (lag: Int) in Double(lags[lag]) * scale * correction[lag] }
        var found: [Candidate] = []
        var (left, middle) = (correlation(shortest - 1), correlation(shortest))
        for lag in shortest..<longest {
            let right = correlation(lag + 1)
            defer { (left, middle) = (middle, right) }
            guard middle > left, middle >= right else { continue }
            let bend = 2 * middle - left - right
            let shift = bend > 1e-9 ? min(0.5, max(-0.5, 0.5 * (right - left) / bend)) : 0
            var height = middle + 0.25 * (right - left) * shift
            if height > 1 { height = 1 / height }
            guard height > 0 else { continue }
            let period = (Double(lag) + shift) / Double(sampleRate)
            let strength = height - Self.octaveCost * log2(Self.minimum * period)
            let place = found.firstIndex { $0.strength < strength } ?? found.count
            guard place < Self.candidateLimit else { continue }
            found.insert(Candidate(frequency: 1 / period, octave: -log2(period), strength: strength), at: place)
            if found.count > Self.candidateLimit { found.removeLast() }
        }
        return found
    }

    private func bestPath(_ candidates: [[Candidate]]) -> [Float] {
        let step = 0.01 * Double(sampleRate) / Double(hopLength)
        var score = candidates[0].map(\.strength)
        var back: [[UInt8]] = [[]]
        for (before, now) in zip(candidates, candidates.dropFirst()) {
            var next: [Double] = []
            var origins: [UInt8] = []
            for candidate in now {
                var best = -Double.infinity
                var origin = 0
                for (index, previous) in before.enumerated() {
                    let cost: Double
                    if previous.frequency > 0 && candidate.frequency > 0 {
                        cost = Self.octaveJumpCost * abs(previous.octave - candidate.octave)
                    } else {
                        cost = (previous.frequency > 0) == (candidate.frequency > 0) ? 0 : Self.voicingCost
                    }
                    let total = score[index] - step * cost
                    if total > best { (best, origin) = (total, index) }
                }
                next.append(best + candidate.strength)
                origins.append(UInt8(origin))
            }
            score = next
            back.append(origins)
        }
        var place = score.indices.max { score[$0] < score[$1] } ?? 0
        var contour = [Float](repeating: 0, count: candidates.count)
        for frame in candidates.indices.reversed() {
            contour[frame] = Float(candidates[frame][place].frequency)
            if frame > 0 { place = Int(back[frame][place]) }
        }
        return contour
    }
}

/// The autocorrelation of one frame after another.
private final class Correlator {
    private let forward: RealFFT
    private let inverse: InverseRealFFT
    private let frame: FFTBuffer
    private let spectrum: FFTBuffer
    private let result: FFTBuffer

    /// Autocorrelation by lag, of the frame last given.
    var lags: UnsafePointer<Float> { UnsafePointer(result.base) }

    init(_ forward: RealFFT, _ inverse: InverseRealFFT) {
        self.forward = forward
        self.inverse = inverse
        frame = FFTBuffer(count: forward.size)
        spectrum = FFTBuffer(count: 2 * forward.bins)
        result = FFTBuffer(count: forward.size)
    }

    /// - Parameter samples: at most half as many as the transforms have, so that nothing wraps around.
    func correlate(_ samples: [Float]) {
        _ = frame.floats.update(fromContentsOf: samples)
        forward.execute(frame.base, spectrum.base)
        let scale = 1 / Float(forward.size)
        for bin in 0..<forward.bins {
            let (real, imaginary) = (spectrum.base[2 * bin], spectrum.base[2 * bin + 1])
            spectrum.base[2 * bin] = (real * real + imaginary * imaginary) * scale
            spectrum.base[2 * bin + 1] = 0
        }
        inverse.execute(spectrum.base, result.base)
    }
}
