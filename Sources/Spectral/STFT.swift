import CKernels

/// Short-time spectra of a signal.
public struct Spectrogram: Sendable, Equatable {
    public let frames: Int
    /// Complex values per frame: transform length / 2 + 1.
    public let bins: Int
    /// `[frames, bins, 2]`, real and imaginary parts interleaved.
    public var values: [Float]

    /// - Precondition: `values.count == frames * bins * 2`.
    public init(frames: Int, bins: Int, values: [Float]) {
        precondition(values.count == frames * bins * 2, "\(values.count) values for \(frames) × \(bins) spectra")
        self.frames = frames
        self.bins = bins
        self.values = values
    }
}

/// The short-time Fourier transform, not normalised: as `torch.stft(…, pad_mode="reflect", return_complex=True)`,
/// transposed to frame-major.
public struct STFT: Sendable {
    public let framing: Framing
    private let transform: RealFFT

    /// - Throws: `spectral.size_unsupported` when FFTW cannot plan the framing's length.
    public init(_ framing: Framing) throws(SpectralError) {
        self.framing = framing
        transform = try FFTPlanCache.forward(size: framing.fftSize)
    }

    /// Spectra of all frames of `samples`. A signal shorter than the margin is mirrored repeatedly (torch refuses it).
    public func callAsFunction(_ samples: UnsafeBufferPointer<Float>) -> Spectrogram {
        let (size, bins) = (framing.fftSize, transform.bins)
        let frames = framing.frameCount(samples: samples.count)
        guard frames > 0, let signal = samples.baseAddress else {
            return Spectrogram(frames: 0, bins: bins, values: [])
        }
        let frame = FFTBuffer(count: size)
        let spectrum = FFTBuffer(count: 2 * bins)
        let values = [Float](unsafeUninitializedCapacity: frames * bins * 2) { values, count in
            for index in 0..<frames {
                let start = index * framing.hopLength - framing.margin
                if start >= 0, start + size <= samples.count {
                    hk_window(signal + start, framing.window, frame.base, size)
                } else {
                    for offset in 0..<size {
                        frame.base[offset] = signal[reflectedIndex(start + offset, count: samples.count)]
                    }
                    hk_window(frame.base, framing.window, frame.base, size)
                }
                transform.execute(frame.base, spectrum.base)
                (values.baseAddress.unsafelyUnwrapped + index * bins * 2)
                    .initialize(from: spectrum.base, count: bins * 2)
            }
            count = frames * bins * 2
        }
        return Spectrogram(frames: frames, bins: bins, values: values)
    }
}
