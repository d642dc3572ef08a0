import CKernels

/// The framing of Whisper's front end (`whisper/audio.py`): 16 kHz, 25 ms Hann windows, every 10 ms.
public enum LogMelFraming {
    /// In Hz.
    public static let sampleRate = 16_000
    /// Samples per frame.
    public static let fftSize = 400
    /// Samples between frames.
    public static let hopLength = 160
    /// Samples mirrored before the first.
    static let margin = fftSize / 2
}

/// From samples to log-mel power, frame by frame: the one path that the batch and the streaming form share, so that
/// their frames are the same bit for bit. Immutable and without scratch memory of its own.
struct LogMelFrames: Sendable {
    let filterbank: MelFilterbank
    private let transform: RealFFT
    private let window = Window.hann(LogMelFraming.fftSize)

    init(melBins: Int) {
        filterbank = MelFilterbank(
            bins: melBins, fftSize: LogMelFraming.fftSize, sampleRate: LogMelFraming.sampleRate)
        do {
            transform = try FFTPlanCache.forward(size: LogMelFraming.fftSize)
        } catch {
            preconditionFailure("FFTW without a 400-point transform: \(error)")
        }
    }

    /// log10 of the mel power, at least 1e-10, of `frames` frames.
    ///
    /// - Parameters:
    ///   - signal: frame i is `signal[160 i ..< 160 i + 400]`.
    ///   - output: `[frames, melBins]`.
    /// - Returns: the largest value written.
    func compute(
        _ signal: UnsafePointer<Float>, frames: Int, into output: UnsafeMutablePointer<Float>
    ) -> Float {
        let lanes = HK_MEL_LANES
        let frame = FFTBuffer(count: LogMelFraming.fftSize)
        let spectrum = FFTBuffer(count: 2 * transform.bins)
        let power = FFTBuffer(count: transform.bins * lanes)
        var maximum = -Float.infinity
        var done = 0
        while done < frames {
            let count = min(lanes, frames - done)
            for lane in 0..<count {
                let start = signal + (done + lane) * LogMelFraming.hopLength
                hk_window(start, window, frame.base, LogMelFraming.fftSize)
                transform.execute(frame.base, spectrum.base)
                hk_power_lane(spectrum.base, power.base + lane, transform.bins)
            }
            let largest = hk_log_mel(
                power.base, filterbank.weights, filterbank.starts, filterbank.offsets, filterbank.bins,
                output + done * filterbank.bins, count)
            maximum = max(maximum, largest)
            done += count
        }
        return maximum
    }
}
