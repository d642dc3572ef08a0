import CKernels

/// `STFT` of samples that arrive in pieces: frame i begins at sample i · hop of what was appended, whatever the
/// framing's padding; the caller appends what stands before and after the signal.
public final class STFTStream {
    public let framing: Framing
    /// Complex values per frame.
    public var bins: Int { transform.bins }

    private let transform: RealFFT
    private let frame: FFTBuffer
    private let spectrum: FFTBuffer
    private var pending: [Float] = []
    private var used = 0

    /// - Throws: `spectral.size_unsupported` when FFTW cannot plan the framing's length.
    public init(_ framing: Framing) throws(SpectralError) {
        self.framing = framing
        transform = try FFTPlanCache.forward(size: framing.fftSize)
        frame = FFTBuffer(count: framing.fftSize)
        spectrum = FFTBuffer(count: 2 * (framing.fftSize / 2 + 1))
    }

    /// Takes more samples.
    public func append(_ samples: UnsafeBufferPointer<Float>) {
        if used > 0 {
            pending.removeFirst(used)
            used = 0
        }
        pending.append(contentsOf: samples)
    }

    /// Takes zeros.
    public func append(zeros count: Int) {
        pending.append(contentsOf: repeatElement(0, count: count))
    }

    /// The next frame's spectrum `[bins, 2]`, valid until the next call; nil when samples are missing.
    public func next() -> UnsafePointer<Float>? {
        let size = framing.fftSize
        guard pending.count - used >= size else { return nil }
        pending.withUnsafeBufferPointer { pending in
            guard let samples = pending.baseAddress else { return }
            hk_window(samples + used, framing.window, frame.base, size)
        }
        transform.execute(frame.base, spectrum.base)
        used += framing.hopLength
        return UnsafePointer(spectrum.base)
    }

    /// Forgets all samples.
    public func reset() {
        pending.removeAll(keepingCapacity: true)
        used = 0
    }
}
