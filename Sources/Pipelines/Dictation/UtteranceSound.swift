import Recognition
import Spectral

/// The sound of an utterance that grows: its samples, and its log-mel frames as they become complete.
struct UtteranceSound: Sendable {
    private let melBins: Int
    /// Sample of the whole sound that it begins with.
    private(set) var start: Int
    private var samples: [Float] = []
    private var stream: LogMelStream
    private var frames: [Float] = []

    init(start: Int, melBins: Int) {
        self.start = start
        self.melBins = melBins
        stream = LogMelStream(melBins: melBins)
    }

    /// First sample that it has not.
    var end: Int { start + samples.count }
    /// Length in seconds.
    var seconds: Double { Double(samples.count) / Double(LogMelFraming.sampleRate) }
    /// Length in mel frames.
    var frameCount: Int { samples.count / LogMelFraming.hopLength }

    mutating func append(_ new: UnsafeBufferPointer<Float>) {
        samples += new
        stream.append(new, to: &frames)
    }

    /// Normalised frames `[frames, melBins]` up to the last sample, after which silence is assumed.
    func mel() -> [Float] {
        var ending = stream
        var mel = frames
        ending.finish(to: &mel)
        mel.withUnsafeMutableBufferPointer { LogMel.normalize($0, maximum: ending.maximum) }
        return mel
    }

    /// What lies behind a quiet place near the end.
    func behindQuietPlace() -> UtteranceSound {
        let mel = mel()
        let quietCut = QuietCut(melBins: melBins)
        let searched = min(quietCut.searchFrames, frameCount / 2)
        let first = frameCount - searched
        let offset = mel.withUnsafeBufferPointer {
            quietCut.offset(in: UnsafeBufferPointer(rebasing: $0[(first * melBins)...]), count: searched)
        }
        let cut = (first + offset) * LogMelFraming.hopLength
        var rest = UtteranceSound(start: start + cut, melBins: melBins)
        samples.withUnsafeBufferPointer { rest.append(UnsafeBufferPointer(rebasing: $0[cut...])) }
        return rest
    }
}
