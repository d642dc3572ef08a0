internal import Phonemes
internal import Tensors

/// How one sentence is said, phoneme by phoneme: what the model predicts, bent to what the listener and the text ask
/// for.
struct ProsodyPlan {
    /// Frames of each phoneme.
    var durations: [Int]
    /// What the decoder is told of the pitch, in the speaker's deviations.
    var pitch: [Float]
    /// What the decoder is told of the energy.
    var energy: [Float]
    /// Natural logarithm of each phoneme's F0 in Hz.
    var logF0: [Float]
    /// What no frame of each phoneme's may fall below: natural logarithm of F0 in Hz.
    var lowestLogF0: [Float]
    /// Factor of the pitch's movement within each phoneme.
    var movement: [Float]
    /// Factor of each phoneme's samples.
    var gain: [Float]
    /// Silent frames before each phoneme.
    var silence: [Int]
    /// For each phoneme of the model its index in the text's.
    let origin: [Int]

    /// Longest phoneme, in frames.
    static let longestPhoneme: Float = 200
    /// Longest silence within a sentence, in seconds.
    static let longestPause = 60.0
    /// The model has heard no phoneme farther than this from the speaker's mean, in deviations.
    private static let familiarPitch: Float = 3
    /// How far below the speaker's mean a voice goes, in deviations. Pulses farther apart, as in creaky voice, are heard one
    /// by one, like clicks.
    private static let lowestPitch: Float = 2.5

    /// - Parameters:
    ///   - origin: for each phoneme of the model its index in `sentence.phonemes`.
    ///   - framesPerSecond: of the codec.
    init(
        _ encoding: PhonemeModel.Encoding, origin: [Int], sentence: SpokenSentence, options: SpeechOptions,
        speaker: VoiceDescription.Speaker, framesPerSecond: Double
    ) {
        self.origin = origin
        let count = origin.count
        let styles = Self.styles(origin, sentence.spans)
        durations = []
        (pitch, energy, logF0, lowestLogF0, movement, gain) = ([], encoding.energy, [], [], [], [])
        for index in 0..<count {
            let style = styles[index]
            let rate = Float(min(max(options.rate * style.rate, 0.1), 10)) / style.stretch
            durations.append(Self.frames(encoding.logDurations[index], rate: rate))
            let range = Float(options.pitchRange * style.pitchRange)
            let shift = Float(options.pitch + style.pitch) * Self.semitone / speaker.pitchDeviation
            let moved = encoding.pitch[index] * range + shift
            let isUnchanged = range == 1 && shift == 0
            pitch.append(isUnchanged ? moved : min(max(moved, -Self.familiarPitch), Self.familiarPitch))
            logF0.append(speaker.pitchMean + speaker.pitchDeviation * moved)
            lowestLogF0.append(speaker.pitchMean + speaker.pitchDeviation * (shift - Self.lowestPitch * max(1, range)))
            movement.append(range)
            energy[index] += style.energy
            let decibels = Float(options.volume + style.volume) + speaker.gain
            gain.append(decibels == 0 ? 1 : decibels <= -96 ? 0 : Decibels.factor(decibels))
        }
        silence = [Int](repeating: 0, count: count)
        for pause in sentence.pauses where pause.seconds > 0 {
            guard let index = origin.firstIndex(where: { $0 >= pause.phonemeIndex }) else { continue }
            silence[index] += Int((min(pause.seconds, Self.longestPause) * framesPerSecond).rounded())
        }
        // A sentence may ask for many; together they stay within twice the longest.
        var rest = Int(2 * Self.longestPause * framesPerSecond)
        for index in silence.indices {
            silence[index] = min(silence[index], rest)
            rest -= silence[index]
        }
    }

    /// Frames in all.
    var frames: Int { durations.reduce(0, +) + silence.reduce(0, +) }

    /// The first frame of what a phoneme of the text became, or of what follows it.
    func start(ofText phoneme: Int) -> Int {
        let index = origin.firstIndex { $0 >= phoneme } ?? origin.count
        return durations[..<index].reduce(0, +) + silence.prefix(index + 1).reduce(0, +)
    }

    private static let semitone = Float(0.057_762_265)

    private static func frames(_ logDuration: Float, rate: Float) -> Int {
        let frames = (Float.exponential(min(logDuration, 16)) / rate).rounded(.toNearestOrEven)
        // NaN, which damaged weights could give, fails the comparison.
        return frames > 1 ? Int(min(frames, longestPhoneme)) : 1
    }

    /// A span's prosody with its emphasis spelled out.
    private struct Style {
        var rate = 1.0
        var pitch = 0.0
        var pitchRange = 1.0
        var volume = 0.0
        var stretch: Float = 1
        var energy: Float = 0

        init() {}

        init(_ prosody: Prosody) {
            rate = prosody.rate
            pitch = prosody.pitch
            pitchRange = prosody.pitchRange
            volume = prosody.volume
            switch prosody.emphasis {
            case .none: break
            case .reduced: (stretch, energy, pitchRange, volume) = (0.9, -0.3, pitchRange * 0.7, volume - 2)
            case .moderate: (stretch, energy, pitch, volume) = (1.12, 0.3, pitch + 1, volume + 1)
            case .strong: (stretch, energy, pitch, volume) = (1.25, 0.6, pitch + 2, volume + 2.5)
            }
        }
    }

    private static func styles(_ origin: [Int], _ spans: [SpokenSentence.ProsodySpan]) -> [Style] {
        var styles = [Style](repeating: Style(), count: origin.count)
        var span = 0
        for (index, phoneme) in origin.enumerated() {
            while span < spans.count, spans[span].range.upperBound <= phoneme { span += 1 }
            if span < spans.count, spans[span].range.contains(phoneme) { styles[index] = Style(spans[span].prosody) }
        }
        return styles
    }
}
