import AudioCore
import Spectral

/// Audio as raw log-mel frames, a second at a time.
final class MelFeed {
    /// Seconds of sound read so far.
    var secondsRead: Double { Double(melStream.samples) / Double(LogMelFraming.sampleRate) }
    /// The largest raw value so far.
    var maximum: Float { melStream.maximum }
    let audio: MonoStream

    private var melStream: LogMelStream
    private var samples = [Float](repeating: 0, count: LogMelFraming.sampleRate)
    private var frames: [Float] = []
    private var ended = false

    init(_ reader: any AudioReader, melBins: Int) throws(AudioError) {
        audio = try MonoStream(reader, sampleRate: LogMelFraming.sampleRate)
        melStream = LogMelStream(melBins: melBins)
    }

    /// The next frames, `[frames, melBins]`, of which there may be none yet; nil at the end.
    ///
    /// - Throws: what the reader throws, and ``AudioError/Code/cancelled``.
    func next() throws(AudioError) -> [Float]? {
        guard !Task.isCancelled else { throw AudioError(.cancelled, "Reading the recording was cancelled.") }
        guard !ended else { return nil }
        let count = try samples.withUnsafeMutableBufferPointer { samples throws(AudioError) in
            try audio.read(into: samples)
        }
        frames.removeAll(keepingCapacity: true)
        samples.withUnsafeBufferPointer { samples in
            melStream.append(UnsafeBufferPointer(rebasing: samples[..<count]), to: &frames)
        }
        if count < samples.count {
            ended = true
            melStream.finish(to: &frames)
        }
        return frames
    }
}
