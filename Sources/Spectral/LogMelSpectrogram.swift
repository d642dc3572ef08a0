/// Log-mel spectrograms of whole recordings: OpenAI's `log_mel_spectrogram` (`whisper/audio.py`), normalised.
///
/// Holds the filterbank and the plan only; one value serves any number of threads.
public final class LogMelSpectrogram: Sendable {
    public var melBins: Int { computation.filterbank.bins }
    private let computation: LogMelFrames

    /// - Parameter melBins: 80, or 128 for large-v3 and its kin.
    /// - Precondition: `melBins` > 0; what comes from a file has been checked before.
    public init(melBins: Int) {
        computation = LogMelFrames(melBins: melBins)
    }

    /// Normalised log-mel frames of `samples`.
    ///
    /// - Parameters:
    ///   - samples: mono, 16 kHz, full scale ±1.
    ///   - padding: zeros that follow the samples, counted in the result. Negative is none.
    /// - Returns: `(samples.count + padding) / 160` frames. The signal is mirrored by 200 samples at both ends; one of
    ///   at most 200 samples, which the reference refuses, is lengthened by zeros first.
    public func callAsFunction(_ samples: UnsafeBufferPointer<Float>, padding: Int = 0) -> LogMel {
        let signal = PaddedSignal(samples: samples, padding: max(padding, 0))
        let frames = signal.count / LogMelFraming.hopLength
        var maximum = -Float.infinity
        var values = [Float](unsafeUninitializedCapacity: frames * melBins) { values, count in
            guard frames > 0, let output = values.baseAddress else { return }
            // Frames that lie inside the samples are read in place; only those at the edges are copied.
            let inside = signal.framesInside(of: frames)
            maximum = computeCopied(signal, 0..<inside.lowerBound, into: output)
            if !inside.isEmpty, let source = samples.baseAddress {
                let start = inside.lowerBound * LogMelFraming.hopLength - LogMelFraming.margin
                let target = output + inside.lowerBound * melBins
                maximum = max(maximum, computation.compute(source + start, frames: inside.count, into: target))
            }
            let after = output + inside.upperBound * melBins
            maximum = max(maximum, computeCopied(signal, inside.upperBound..<frames, into: after))
            count = frames * melBins
        }
        values.withUnsafeMutableBufferPointer { LogMel.normalize($0, maximum: maximum) }
        return LogMel(melBins: melBins, frames: frames, values: values)
    }

    private func computeCopied(
        _ signal: PaddedSignal, _ frames: Range<Int>, into output: UnsafeMutablePointer<Float>
    ) -> Float {
        // A long padding is copied piece by piece.
        let piece = 256
        var maximum = -Float.infinity
        var first = frames.lowerBound
        while first < frames.upperBound {
            let count = min(piece, frames.upperBound - first)
            let start = first * LogMelFraming.hopLength - LogMelFraming.margin
            let length = (count - 1) * LogMelFraming.hopLength + LogMelFraming.fftSize
            let largest = signal.copy(from: start, count: length).withUnsafeBufferPointer {
                computation.compute(
                    $0.baseAddress.unsafelyUnwrapped, frames: count,
                    into: output + (first - frames.lowerBound) * melBins)
            }
            maximum = max(maximum, largest)
            first += count
        }
        return maximum
    }
}

/// Samples, followed by zeros, mirrored at both ends.
private struct PaddedSignal {
    let samples: UnsafeBufferPointer<Float>
    /// Samples and zeros.
    let count: Int
    /// What the mirrors stand around: at least one sample more than the margin.
    let mirrored: Int

    init(samples: UnsafeBufferPointer<Float>, padding: Int) {
        self.samples = samples
        count = samples.count + padding
        mirrored = max(count, LogMelFraming.margin + 1)
    }

    /// Of `frames` frames, those that touch neither mirror nor zeros.
    func framesInside(of frames: Int) -> Range<Int> {
        let (hop, margin) = (LogMelFraming.hopLength, LogMelFraming.margin)
        let first = min((margin + hop - 1) / hop, frames)
        let end = samples.count >= margin ? (samples.count - margin) / hop + 1 : 0
        return first..<max(first, min(end, frames))
    }

    func copy(from start: Int, count: Int) -> [Float] {
        (start..<(start + count)).map { position in
            let index = reflectedIndex(position, count: mirrored)
            return index < samples.count ? samples[index] : 0
        }
    }
}
