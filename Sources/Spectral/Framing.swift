/// How a short-time transform cuts a signal into frames: shared by `STFT` and `InverseSTFT`, so that one undoes the
/// other.
public struct Framing: Sendable {
    /// What stands before the first and after the last sample.
    public enum Padding: Sendable {
        /// Frame i is centred on sample i · hop: half a frame is reflected on each side. `torch.stft(center=True)`.
        case centered
        /// (frame − hop) / 2 samples are reflected on each side, so that a signal of n · hop samples has n frames.
        /// What Vocos and most GAN vocoders call "same".
        case same
        /// Frames begin at sample i · hop. `torch.stft(center=False)`.
        case none
    }

    /// Samples per frame, which is the transform's length.
    public let fftSize: Int
    /// Samples between the starts of neighbouring frames.
    public let hopLength: Int
    /// `[fftSize]`; a shorter window that was given is centred between zeros, as torch does.
    public let window: [Float]
    public let padding: Padding

    /// - Parameter window: at most `fftSize` values; nil for a periodic Hann window of `fftSize`.
    /// - Throws: `spectral.framing_invalid`.
    public init(
        fftSize: Int, hopLength: Int, window: [Float]? = nil, padding: Padding = .centered
    ) throws(SpectralError) {
        guard fftSize >= 1, fftSize <= RealFFT.maximumSize else {
            throw SpectralError(
                .framingInvalid, "frames of \(fftSize) samples: 1 to \(RealFFT.maximumSize) are possible")
        }
        guard hopLength >= 1, hopLength <= fftSize else {
            throw SpectralError(
                .framingInvalid, "hop of \(hopLength) samples for frames of \(fftSize): it must be 1 to \(fftSize)")
        }
        let window = window ?? Window.hann(fftSize)
        guard window.count <= fftSize else {
            throw SpectralError(
                .framingInvalid, "window of \(window.count) samples for frames of \(fftSize): it must not be longer")
        }
        let before = (fftSize - window.count) / 2
        self.window =
            [Float](repeating: 0, count: before) + window
            + [Float](repeating: 0, count: fftSize - window.count - before)
        self.fftSize = fftSize
        self.hopLength = hopLength
        self.padding = padding
    }

    /// Samples added on each side.
    var margin: Int {
        switch padding {
        case .centered: fftSize / 2
        case .same: (fftSize - hopLength) / 2
        case .none: 0
        }
    }

    /// Frames that fit into a signal of `samples` samples.
    public func frameCount(samples: Int) -> Int {
        let padded = samples + 2 * margin
        return samples > 0 && padded >= fftSize ? 1 + (padded - fftSize) / hopLength : 0
    }
}

/// Index into a signal of `count` samples that is mirrored about its first and last sample without repeating them,
/// again and again: … 2 1 0 1 2 … n−2 n−1 n−2 …
func reflectedIndex(_ index: Int, count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let folded = ((index % period) + period) % period
    return folded < count ? folded : period - folded
}
