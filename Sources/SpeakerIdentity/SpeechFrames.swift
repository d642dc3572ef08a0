internal import Spectral

/// The log-mel frames of a recording in which someone speaks, without what the channel adds to all of them: `selected`
/// in `Training/hearsay_training/speaker_encoder.py`.
struct SpeechFrames {
    static let melBins = 80

    /// `[count, melBins]`, log10 of the mel power less the bin's mean.
    private(set) var values: [Float] = []
    private(set) var count = 0

    /// - Parameters:
    ///   - drop: frames this far below the level that one in twenty reaches are left out, in tens of decibels.
    ///   - depth: bins are raised to this far below that level.
    init(_ samples: UnsafeBufferPointer<Float>, drop: Float, depth: Float) {
        var stream = LogMelStream(melBins: Self.melBins)
        stream.append(samples, to: &values)
        stream.finish(to: &values)
        let bins = Self.melBins
        let levels = (0..<values.count / bins).map { frame in
            values[frame * bins..<(frame + 1) * bins].max() ?? -.infinity
        }
        guard !levels.isEmpty else { return }
        let loud = levels.sorted()[Int(0.95 * Double(levels.count - 1))]
        for (frame, level) in levels.enumerated() where level >= loud - drop {
            for bin in 0..<bins { values[count * bins + bin] = max(values[frame * bins + bin], loud - depth) }
            count += 1
        }
        values.removeLast(values.count - count * bins)
        subtractMeans()
    }

    private mutating func subtractMeans() {
        let bins = Self.melBins
        var sums = [Double](repeating: 0, count: bins)
        for index in values.indices { sums[index % bins] += Double(values[index]) }
        for index in values.indices { values[index] -= Float(sums[index % bins] / Double(count)) }
    }
}
