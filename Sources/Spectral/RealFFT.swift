import CFFTW

/// The discrete Fourier transform of real signals of one length, in single precision (FFTW).
///
/// A value of this type is a finished plan: executing it takes no lock and may happen on many threads at once. Get one
/// from `FFTPlanCache`.
public final class RealFFT: Sendable {
    /// The longest transform that is planned; a guard against sizes read from a damaged file.
    public static let maximumSize = 1 << 22

    /// Samples per transform.
    public let size: Int
    /// Complex values per transform: `size / 2 + 1`.
    public var bins: Int { size / 2 + 1 }

    // Safe to share: FFTW documents execution of a plan on other arrays as thread-safe, and a plan is never changed.
    private nonisolated(unsafe) let plan: fftwf_plan

    /// The planner is not thread-safe: only `FFTPlanCache` calls this, under its lock.
    init(size: Int, flags: UInt32) throws(SpectralError) {
        // Measuring overwrites the arrays that it plans on; the plan holds for all arrays aligned like these.
        let samples = FFTBuffer(count: size)
        let spectrum = FFTBuffer(count: 2 * (size / 2 + 1))
        guard let plan = fftwf_plan_dft_r2c_1d(Int32(size), samples.base, complex(spectrum.base), flags) else {
            throw SpectralError(.sizeUnsupported, "FFTW has no plan for real transforms of \(size) samples")
        }
        self.size = size
        self.plan = plan
    }

    /// X[k] = Σ x[n] e^(−2πikn/N). Both arrays are `FFTBuffer`s; the input is kept.
    func execute(_ samples: UnsafeMutablePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>) {
        fftwf_execute_dft_r2c(plan, samples, complex(spectrum))
    }

    /// The spectrum of one frame.
    ///
    /// - Parameter samples: `[size]`; missing ones are zero, further ones are ignored.
    /// - Returns: `[bins, 2]`, real and imaginary parts interleaved.
    public func callAsFunction(_ samples: [Float]) -> [Float] {
        let input = FFTBuffer(count: size)
        let output = FFTBuffer(count: 2 * bins)
        _ = input.floats.update(from: samples.prefix(size))
        execute(input.base, output.base)
        return Array(output.floats)
    }
}

/// The inverse of `RealFFT`: from the spectrum of a real signal to the signal. Shared as freely.
public final class InverseRealFFT: Sendable {
    /// Samples per transform.
    public let size: Int
    /// Complex values per transform: `size / 2 + 1`.
    public var bins: Int { size / 2 + 1 }

    // Safe to share, as in `RealFFT`.
    private nonisolated(unsafe) let plan: fftwf_plan

    /// The planner is not thread-safe: only `FFTPlanCache` calls this, under its lock.
    init(size: Int, flags: UInt32) throws(SpectralError) {
        let spectrum = FFTBuffer(count: 2 * (size / 2 + 1))
        let samples = FFTBuffer(count: size)
        guard let plan = fftwf_plan_dft_c2r_1d(Int32(size), complex(spectrum.base), samples.base, flags) else {
            throw SpectralError(.sizeUnsupported, "FFTW has no plan for inverse real transforms of \(size) samples")
        }
        self.size = size
        self.plan = plan
    }

    /// N · x[n]: not divided by N. Both arrays are `FFTBuffer`s; the input is destroyed.
    func execute(_ spectrum: UnsafeMutablePointer<Float>, _ samples: UnsafeMutablePointer<Float>) {
        fftwf_execute_dft_c2r(plan, complex(spectrum), samples)
    }

    /// The signal that has this spectrum, divided by the length, so that it undoes `RealFFT`.
    ///
    /// - Parameter spectrum: `[bins, 2]`, interleaved; missing values are zero, further ones are ignored.
    /// - Returns: `[size]`.
    public func callAsFunction(_ spectrum: [Float]) -> [Float] {
        let input = FFTBuffer(count: 2 * bins)
        let output = FFTBuffer(count: size)
        _ = input.floats.update(from: spectrum.prefix(2 * bins))
        execute(input.base, output.base)
        let scale = 1 / Float(size)
        return output.floats.map { $0 * scale }
    }
}

/// FFTW's complex numbers are pairs of floats in memory.
private func complex(_ floats: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<fftwf_complex> {
    UnsafeMutableRawPointer(floats).assumingMemoryBound(to: fftwf_complex.self)
}
