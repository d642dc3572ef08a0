import CKernels

/// The inverse short-time Fourier transform by weighted overlap-add: each frame is windowed once more, the frames are
/// added, and every sample is divided by the sum of the squared windows that cover it. This is the least-squares
/// signal of Griffin and Lim (1984), and what `torch.istft` and `scipy.signal.istft` compute.
public struct InverseSTFT: Sendable {
    public let framing: Framing
    private let transform: InverseRealFFT

    /// - Throws: `spectral.size_unsupported` when FFTW cannot plan the framing's length.
    public init(_ framing: Framing) throws(SpectralError) {
        self.framing = framing
        transform = try FFTPlanCache.inverse(size: framing.fftSize)
    }

    /// The signal of `spectrogram`.
    ///
    /// - Parameter length: samples wanted: the signal is cut, or followed by zeros. Nil for what the frames span
    ///   between the two margins.
    /// - Returns: samples; those that no window covers are zero (torch refuses such framings).
    /// - Throws: `spectral.framing_invalid` when the spectra have another number of bins than the framing.
    public func callAsFunction(_ spectrogram: Spectrogram, length: Int? = nil) throws(SpectralError) -> [Float] {
        let (size, bins, hop) = (framing.fftSize, transform.bins, framing.hopLength)
        guard spectrogram.bins == bins else {
            throw SpectralError(
                .framingInvalid, "spectra of \(spectrogram.bins) bins for frames of \(size) samples: \(bins) are needed"
            )
        }
        let span = spectrogram.frames == 0 ? 0 : (spectrogram.frames - 1) * hop + size
        let wanted = max(length ?? (span - 2 * framing.margin), 0)
        var signal = [Float](repeating: 0, count: max(span, framing.margin + wanted))
        signal.withUnsafeMutableBufferPointer { signal in
            guard let output = signal.baseAddress else { return }
            overlapAdd(spectrogram, to: output)
            divideByWindowPower(output, frames: spectrogram.frames)
        }
        return Array(signal[framing.margin..<(framing.margin + wanted)])
    }

    private func overlapAdd(_ spectrogram: Spectrogram, to output: UnsafeMutablePointer<Float>) {
        let (size, bins) = (framing.fftSize, transform.bins)
        let spectrum = FFTBuffer(count: 2 * bins)
        let frame = FFTBuffer(count: size)
        spectrogram.values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            for index in 0..<spectrogram.frames {
                // The transform destroys its input.
                spectrum.base.update(from: values + index * bins * 2, count: bins * 2)
                transform.execute(spectrum.base, frame.base)
                hk_window_add(frame.base, framing.window, output + index * framing.hopLength, size)
            }
        }
    }

    private func divideByWindowPower(_ output: UnsafeMutablePointer<Float>, frames: Int) {
        let span = frames == 0 ? 0 : (frames - 1) * framing.hopLength + framing.fftSize
        var power = [Float](repeating: 0, count: span)
        power.withUnsafeMutableBufferPointer { power in
            guard let power = power.baseAddress else { return }
            for index in 0..<frames {
                hk_window_add(framing.window, framing.window, power + index * framing.hopLength, framing.fftSize)
            }
            let size = Float(framing.fftSize)
            for index in 0..<span {
                // Below this the quotient would be noise: scipy's and torch's limit lies in the same place.
                output[index] = power[index] > 1e-11 ? output[index] / (size * power[index]) : 0
            }
        }
    }
}
