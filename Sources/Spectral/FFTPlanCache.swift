import CFFTW
import Glibc
import Tensors

/// The process's FFTW plans. FFTW's planner and its wisdom are process-wide and not thread-safe, so everything that
/// touches them happens here under one lock; executing a plan needs none.
///
/// Plans are kept until the process ends: there are only a handful of lengths, and a plan is a few kilobytes.
public enum FFTPlanCache {
    /// How much time planning may take.
    public enum Effort: Sendable {
        /// By FFTW's cost model, in one or two milliseconds. For the 400-point transform of the log-mel front end it
        /// picks the very plan that measuring picks, which is why it is the default.
        case estimate
        /// By timing candidates, in tenths of a second; worth it for long-running work on other lengths.
        case measure

        fileprivate var flags: UInt32 {
            switch self {
            case .estimate: FFTW_ESTIMATE
            case .measure: FFTW_MEASURE
            }
        }
    }

    private struct Plans {
        var forward: [Int: RealFFT] = [:]
        var inverse: [Int: InverseRealFFT] = [:]
    }

    private static let plans = Locked(Plans())

    /// The transform of `size` real samples. A length that has been planned before comes at once, with the effort that
    /// it was planned with then.
    ///
    /// - Throws: `spectral.size_unsupported` when `size` is not in 1 ... `RealFFT.maximumSize`.
    public static func forward(size: Int, effort: Effort = .estimate) throws(SpectralError) -> RealFFT {
        try check(size)
        return try plans.withLock { plans throws(SpectralError) in
            if let known = plans.forward[size] { return known }
            let made = try RealFFT(size: size, flags: effort.flags)
            plans.forward[size] = made
            return made
        }
    }

    /// The inverse transform to `size` real samples; otherwise as `forward`.
    ///
    /// - Throws: `spectral.size_unsupported` when `size` is not in 1 ... `RealFFT.maximumSize`.
    public static func inverse(size: Int, effort: Effort = .estimate) throws(SpectralError) -> InverseRealFFT {
        try check(size)
        return try plans.withLock { plans throws(SpectralError) in
            if let known = plans.inverse[size] { return known }
            let made = try InverseRealFFT(size: size, flags: effort.flags)
            plans.inverse[size] = made
            return made
        }
    }

    /// What FFTW has learnt by measuring, as text that `importWisdom` takes in a later process on the same machine.
    public static func exportWisdom() -> String {
        plans.withLock { _ in
            guard let text = fftwf_export_wisdom_to_string() else { return "" }
            defer { free(text) }
            return String(cString: text)
        }
    }

    /// Adds wisdom from an earlier process. Lengths planned from now on profit by it.
    ///
    /// - Throws: `spectral.wisdom_invalid` when FFTW refuses the text: another FFTW version, or damage.
    public static func importWisdom(_ text: String) throws(SpectralError) {
        let accepted = plans.withLock { _ in fftwf_import_wisdom_from_string(text) }
        guard accepted == 1 else {
            throw SpectralError(
                .wisdomInvalid, "FFTW refused \(text.utf8.count) bytes of wisdom; delete them and measure again")
        }
    }

    private static func check(_ size: Int) throws(SpectralError) {
        guard size >= 1, size <= RealFFT.maximumSize else {
            throw SpectralError(
                .sizeUnsupported,
                "a Fourier transform of \(size) samples was asked for; 1 to \(RealFFT.maximumSize) are possible")
        }
    }
}
