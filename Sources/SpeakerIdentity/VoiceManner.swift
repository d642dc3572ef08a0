internal import Glibc
internal import Spectral

/// How somebody speaks, beside what an encoder hears: long-term spectral envelope, F0 and rate, as
/// `Training/hearsay_training/manner.py` measures them.
enum VoiceManner {
    /// Bands of the envelope, mean and deviation of log F0, syllables in a second of speech.
    static let count = SpeechFrames.melBins + 3

    /// Frames with speech are at most this far below the level that one in twenty reaches, in tens of decibels.
    private static let drop: Float = 3
    private static let hop = 160
    /// Bands whose mean says how loud a frame is to the counter of syllables.
    private static let sonorous = 4..<45
    /// Frames over which that is smoothed.
    private static let smooth = 7
    /// In tens of decibels: how far below the loud frames a syllable may be, and how much less loud it is between two.
    private static let faint = 2.0
    private static let dip = 0.3
    /// Voiced frames without which no F0 is believed.
    private static let fewestVoiced = 25
    private static let usualF0: (mean: Float, deviation: Float) = (5.1, 0.2)

    /// - Parameters:
    ///   - samples: mono, 16 kHz.
    ///   - output: `[count]`
    static func measure(
        _ samples: UnsafeBufferPointer<Float>, into output: UnsafeMutablePointer<Float>
    ) throws(SpeakerIdentityError) {
        var power: [Float] = []
        var stream = LogMelStream(melBins: SpeechFrames.melBins)
        stream.append(samples, to: &power)
        stream.finish(to: &power)
        let bins = SpeechFrames.melBins
        let levels = (0..<power.count / bins).map { power[$0 * bins..<($0 + 1) * bins].max() ?? -.infinity }
        guard !levels.isEmpty else {
            throw SpeakerIdentityError(.speechTooShort, "a recording of \(samples.count) samples has no speech")
        }
        let limit = loudest(levels.map(Double.init)) - Double(drop)
        let spoken = levels.indices.filter { Double(levels[$0]) >= limit }
        envelope(power, spoken, into: output)
        let tracker: PitchTracker
        do {
            tracker = try PitchTracker(sampleRate: SpeakerEncoder.sampleRate, hopLength: hop)
        } catch {
            throw SpeakerIdentityError(.audioInvalid, "the pitch of a recording cannot be measured", cause: error)
        }
        (output[bins], output[bins + 1]) = fundamental(tracker(samples))
        output[bins + 2] = syllables(power, speech: Double(spoken.count * hop) / Double(SpeakerEncoder.sampleRate))
    }

    /// Mean of the frames with speech, whose own mean is 0: `[melBins]`.
    private static func envelope(_ power: [Float], _ spoken: [Int], into output: UnsafeMutablePointer<Float>) {
        let bins = SpeechFrames.melBins
        var sums = [Double](repeating: 0, count: bins)
        defer { for index in sums.indices { sums[index] = 0 } }
        for frame in spoken {
            for bin in 0..<bins { sums[bin] += Double(power[frame * bins + bin]) }
        }
        let mean = sums.reduce(0, +) / Double(bins)
        for bin in 0..<bins { output[bin] = Float((sums[bin] - mean) / Double(max(1, spoken.count))) }
    }

    /// Mean and deviation of the natural logarithm, without the lowest and the highest fiftieth.
    static func fundamental(_ hertz: [Float]) -> (mean: Float, deviation: Float) {
        let values = hertz.filter { $0 > 0 }.map { log(Double($0)) }.sorted()
        let kept = values[(values.count / 50)..<(values.count - values.count / 50)]
        guard kept.count >= fewestVoiced else { return usualF0 }
        let mean = kept.reduce(0, +) / Double(kept.count)
        let variance = kept.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(kept.count)
        return (Float(mean), Float(min(max(variance.squareRoot(), 0.05), 0.5)))
    }

    /// Maxima of the loudness between which it dips, in a second of speech (after N. de Jong and T. Wempe, "Praat script
    /// to detect syllable nuclei", 2009, without their look at the voicing).
    private static func syllables(_ power: [Float], speech seconds: Double) -> Float {
        let curve = loudness(power)
        guard let first = curve.first, seconds > 0 else { return 0 }
        let faintest = loudest(curve) - faint
        var (count, low, high, isRising) = (0, first, first, true)
        for value in curve {
            if isRising {
                high = max(high, value)
                guard value < high - dip else { continue }
                if high > faintest { count += 1 }
                (isRising, low) = (false, value)
            } else {
                low = min(low, value)
                if value > low + dip { (isRising, high) = (true, value) }
            }
        }
        return Float(Double(count) / seconds)
    }

    /// Mean of the bands in which vowels are, smoothed.
    private static func loudness(_ power: [Float]) -> [Double] {
        let bins = SpeechFrames.melBins
        let frames = power.count / bins
        let raw = (0..<frames).map { frame in
            sonorous.reduce(0.0) { $0 + Double(power[frame * bins + $1]) } / Double(sonorous.count)
        }
        return (0..<frames).map { frame in
            (frame - smooth / 2...frame + smooth / 2).reduce(0.0) { $0 + raw[min(max($1, 0), frames - 1)] }
                / Double(smooth)
        }
    }

    /// What one in twenty reaches.
    private static func loudest(_ values: [Double]) -> Double {
        values.sorted()[Int(0.95 * Double(values.count - 1))]
    }
}
