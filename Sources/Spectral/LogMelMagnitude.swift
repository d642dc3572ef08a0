import CKernels

/// Natural logarithms of mel magnitudes: torchaudio's `MelSpectrogram(power=1)`, which sums on the HTK scale with filters
/// of height 1, clipped from below and logarithmised. What Vocos and the codecs that follow it have as input.
public final class LogMelMagnitude: Sendable {
    public let framing: Framing
    public var melBins: Int { filterbank.bins }
    private let filterbank: MelFilterbank
    private let floor: Float
    private let transform: RealFFT

    /// - Parameters:
    ///   - sampleRate: in Hz, positive.
    ///   - melBins: positive.
    ///   - floor: a positive normal number that magnitudes are raised to.
    /// - Throws: `spectral.size_unsupported` when FFTW cannot plan the framing's length.
    public init(_ framing: Framing, sampleRate: Int, melBins: Int, floor: Float) throws(SpectralError) {
        self.framing = framing
        self.floor = floor
        filterbank = MelFilterbank(bins: melBins, fftSize: framing.fftSize, sampleRate: sampleRate, scale: .htk)
        transform = try FFTPlanCache.forward(size: framing.fftSize)
    }

    /// Log-mel magnitudes `[framing.frameCount, melBins]`.
    ///
    /// - Parameter samples: mirrored at both ends as the framing says.
    public func callAsFunction(_ samples: UnsafeBufferPointer<Float>) -> [Float] {
        let frames = framing.frameCount(samples: samples.count)
        guard frames > 0 else { return [] }
        let (bins, lanes) = (filterbank.bins, HK_MEL_LANES)
        let frame = FFTBuffer(count: framing.fftSize)
        let spectrum = FFTBuffer(count: 2 * transform.bins)
        let power = FFTBuffer(count: transform.bins * lanes)
        return [Float](unsafeUninitializedCapacity: frames * bins) { output, count in
            guard let output = output.baseAddress else { return }
            for first in stride(from: 0, to: frames, by: lanes) {
                let group = min(lanes, frames - first)
                for lane in 0..<group {
                    copy(samples, frame: first + lane, to: frame.base)
                    hk_window(frame.base, framing.window, frame.base, framing.fftSize)
                    transform.execute(frame.base, spectrum.base)
                    hk_power_lane(spectrum.base, power.base + lane, transform.bins)
                }
                hk_log_mel_magnitude(
                    power.base, filterbank.weights, filterbank.starts, filterbank.offsets, bins, transform.bins,
                    floor, output + first * bins, group)
            }
            count = frames * bins
        }
    }

    private func copy(_ samples: UnsafeBufferPointer<Float>, frame: Int, to target: UnsafeMutablePointer<Float>) {
        let start = frame * framing.hopLength - framing.margin
        if start >= 0, start + framing.fftSize <= samples.count, let base = samples.baseAddress {
            target.update(from: base + start, count: framing.fftSize)
            return
        }
        for offset in 0..<framing.fftSize {
            target[offset] = samples[reflectedIndex(start + offset, count: samples.count)]
        }
    }
}
