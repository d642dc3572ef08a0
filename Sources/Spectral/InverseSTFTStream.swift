import CKernels

/// `InverseSTFT` of spectra that arrive in pieces: sample for sample the signal of the whole.
///
/// A sample appears once every frame that covers it is there; the margin before the signal is left out, and the last
/// samples come with `finish`.
public final class InverseSTFTStream {
    public let framing: Framing
    /// Complex values per frame.
    public var bins: Int { transform.bins }

    private let transform: InverseRealFFT
    private let spectrum: FFTBuffer
    private let frame: FFTBuffer
    /// Sums of the frames and of the squared windows over the next `fftSize` samples.
    private var sums: [Float]
    private var power: [Float]
    /// Samples of the margin still to be left out.
    private var skipped: Int
    private var hasFrames = false

    /// - Throws: `spectral.size_unsupported` when FFTW cannot plan the framing's length; `spectral.framing_invalid` for
    ///   hops so long that a frame would complete samples of the end margin.
    public init(_ framing: Framing) throws(SpectralError) {
        guard framing.hopLength <= framing.fftSize - framing.margin else {
            throw SpectralError(
                .framingInvalid,
                "hop of \(framing.hopLength) samples for frames of \(framing.fftSize): a stream needs at most "
                    + "\(framing.fftSize - framing.margin)")
        }
        self.framing = framing
        transform = try FFTPlanCache.inverse(size: framing.fftSize)
        spectrum = FFTBuffer(count: 2 * (framing.fftSize / 2 + 1))
        frame = FFTBuffer(count: framing.fftSize)
        sums = [Float](repeating: 0, count: framing.fftSize)
        power = sums
        skipped = framing.margin
    }

    /// Where the caller writes a frame's spectrum, `[bins, 2]`, before ``advance(into:)``.
    public var input: UnsafeMutablePointer<Float> { spectrum.base }

    /// Takes the spectrum in ``input``, which is destroyed, and appends the samples that it completes.
    public func advance(into samples: inout [Float]) {
        transform.execute(spectrum.base, frame.base)
        let (size, hop) = (framing.fftSize, framing.hopLength)
        framing.window.withUnsafeBufferPointer { window in
            sums.withUnsafeMutableBufferPointer { sums in
                power.withUnsafeMutableBufferPointer { power in
                    guard let window = window.baseAddress, let sums = sums.baseAddress, let power = power.baseAddress
                    else { return }
                    hk_window_add(frame.base, window, sums, size)
                    hk_window_add(window, window, power, size)
                    emit(hop, sums, power, into: &samples)
                    shift(sums)
                    shift(power)
                }
            }
        }
        hasFrames = true
    }

    /// Takes `count` spectra `[count, bins, 2]` and appends the samples that they complete.
    public func append(_ spectra: UnsafePointer<Float>, frames count: Int, into samples: inout [Float]) {
        for index in 0..<count {
            input.update(from: spectra + index * 2 * bins, count: 2 * bins)
            advance(into: &samples)
        }
    }

    /// Appends the samples that are left before the end margin, and begins anew.
    public func finish(into samples: inout [Float]) {
        if hasFrames { emit(framing.fftSize - framing.hopLength - framing.margin, sums, power, into: &samples) }
        hasFrames = false
        skipped = framing.margin
        for index in sums.indices { (sums[index], power[index]) = (0, 0) }
    }

    /// Forgets the samples that are complete.
    private func shift(_ values: UnsafeMutablePointer<Float>) {
        let (size, hop) = (framing.fftSize, framing.hopLength)
        values.update(from: values + hop, count: size - hop)
        (values + size - hop).update(repeating: 0, count: hop)
    }

    private func emit(
        _ count: Int, _ sums: UnsafePointer<Float>, _ power: UnsafePointer<Float>, into samples: inout [Float]
    ) {
        let first = min(skipped, count)
        skipped -= first
        let size = Float(framing.fftSize)
        for index in first..<count {
            samples.append(power[index] > 1e-11 ? sums[index] / (size * power[index]) : 0)
        }
    }
}
