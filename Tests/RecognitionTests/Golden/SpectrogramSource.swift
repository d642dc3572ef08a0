import Recognition
import Spectral

/// The log-mel spectrogram of a whole recording, as the transcriber asks for it.
final class SpectrogramSource {
    let melBins: Int
    let frames: Int
    /// Normalised, `[frames, melBins]`.
    let values: [Float]

    /// - Parameter samples: mono, 16 kHz.
    init(_ samples: some Collection<Float>, melBins: Int) {
        var stream = LogMelStream(melBins: melBins)
        var values: [Float] = []
        Array(samples).withUnsafeBufferPointer { stream.append($0, to: &values) }
        stream.finish(to: &values)
        values.withUnsafeMutableBufferPointer { LogMel.normalize($0, maximum: stream.maximum) }
        self.melBins = melBins
        self.values = values
        frames = stream.frames
    }
}

extension SpectrogramSource: MelWindowSource {
    func loadedFrames(through frame: Int) -> Int { min(frame, frames) }

    func copyFrames(from: Int, count: Int, into buffer: UnsafeMutableBufferPointer<Float>) {
        _ = buffer.update(from: values[(from * melBins)..<((from + count) * melBins)])
    }

    func release(before frame: Int) {}
}
