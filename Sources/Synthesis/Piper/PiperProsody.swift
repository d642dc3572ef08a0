import Glibc
import Phonemes

/// What a sentence's prosody means for a voice whose pitch cannot be chosen: how long its phonemes are and how loud.
struct PiperProsody {
    /// Factor of each phoneme's duration.
    private(set) var lengthScales: [Float] = []
    /// Factor of each phoneme's samples.
    private(set) var gains: [Float] = []
    private let origins: [Int]
    private let sentence: SpokenSentence

    private static let longestPause = 60.0

    /// - Parameter lengthScale: of the voice.
    init(_ origins: [Int], _ sentence: SpokenSentence, _ options: SpeechOptions, lengthScale: Float) {
        self.origins = origins
        self.sentence = sentence
        for origin in origins {
            let prosody = sentence.spans.first { $0.range.contains(origin) }?.prosody ?? .neutral
            let emphasis: (stretch: Double, decibels: Double) =
                switch prosody.emphasis {
                case .none: (1, 0)
                case .reduced: (0.9, -2)
                case .moderate: (1.12, 1)
                case .strong: (1.25, 2.5)
                }
            let rate = min(max(options.rate * prosody.rate, 0.1), 10)
            lengthScales.append(lengthScale * Float(emphasis.stretch / rate))
            let decibels = options.volume + prosody.volume + emphasis.decibels
            gains.append(decibels <= -96 ? 0 : powf(10, Float(decibels) / 20))
        }
    }

    /// The time line of the sound.
    ///
    /// - Parameters:
    ///   - durations: frames of each phoneme.
    ///   - hop: samples of a frame.
    func timeline(_ durations: [Int], hop: Int, sampleRate: Int) -> PiperTimeline {
        var timeline = PiperTimeline(hop: hop, fade: max(1, sampleRate / 200))
        var starts: [Int] = []
        var frame = 0
        for (duration, gain) in zip(durations, gains) {
            starts.append(frame * hop)
            frame += duration
            timeline.gains += repeatElement(gain, count: duration)
        }
        func start(_ phoneme: Int) -> Int { origins.firstIndex { $0 >= phoneme }.map { starts[$0] } ?? frame * hop }
        var rest = 2 * Self.longestPause
        for pause in sentence.pauses where pause.seconds > 0 {
            let seconds = min(pause.seconds, Self.longestPause, rest)
            rest -= seconds
            timeline.insert(Int(seconds * Double(sampleRate)), before: start(pause.phonemeIndex))
        }
        timeline.marks = sentence.marks.map { mark in
            let sample = start(mark.phonemeIndex)
            let silence = timeline.silences.filter { $0.sample <= sample }.reduce(0) { $0 + $1.count }
            return SpeechMark(name: mark.name, sample: sample + silence)
        }
        return timeline
    }
}

/// How the samples of a sentence are weighted, and the silences between them.
struct PiperTimeline: Sendable {
    let hop: Int
    /// Samples over which the sound fades before a silence, and returns behind it.
    let fade: Int
    /// Factor of each frame.
    var gains: [Float] = []
    /// By place in the voice's own samples, ascending.
    private(set) var silences: [(sample: Int, count: Int)] = []
    var marks: [SpeechMark] = []
    /// The first silence that may still matter.
    private var next = 0

    init(hop: Int, fade: Int) {
        self.hop = hop
        self.fade = fade
    }

    /// Silences are given in order; two at one place are one.
    mutating func insert(_ count: Int, before sample: Int) {
        if let last = silences.last, last.sample >= sample {
            silences[silences.count - 1].count += count
        } else {
            silences.append((sample, count))
        }
    }

    /// Appends the voice's samples, the first of which is its sample `position`, weighted and with their silences.
    mutating func append(_ sound: [Float], position: Int, to samples: inout [Float]) {
        let isPlain = silences.isEmpty && gains.allSatisfy { $0 == 1 }
        guard !isPlain else {
            samples += sound
            return
        }
        samples.reserveCapacity(samples.count + sound.count)
        for (index, sample) in sound.enumerated() {
            let at = position + index
            while next < silences.count, silences[next].sample + fade <= at { next += 1 }
            var factor = gain(at)
            for silence in silences[next...].prefix(while: { $0.sample < at + fade }) {
                if silence.sample == at { samples += repeatElement(0, count: silence.count) }
                factor *= Float(abs(silence.sample - at)) / Float(fade)
            }
            samples.append(sample * factor)
        }
    }

    /// What stands behind the last sample.
    func end(position: Int, into samples: inout [Float]) {
        for silence in silences where silence.sample >= position {
            samples += repeatElement(0, count: silence.count)
        }
    }

    /// Interpolated between the centres of frames.
    private func gain(_ sample: Int) -> Float {
        guard let last = gains.last else { return 1 }
        let place = sample - hop / 2
        let frame = max(0, place) / hop
        let a = frame < gains.count ? gains[frame] : last
        let b = frame + 1 < gains.count ? gains[frame + 1] : last
        return a + (b - a) * Float(max(0, place) % hop) / Float(hop)
    }
}
