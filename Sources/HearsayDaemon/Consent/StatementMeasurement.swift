internal import Consent
internal import Glibc
internal import SpeakerIdentity
internal import VoiceActivity

/// Measures the recording of a phrase. Shapes: samples are mono at 16 kHz.
enum StatementMeasurement {
    static let sampleRate = 16_000
    /// Samples of a frame whose level is one number: 20 ms.
    private static let frame = 320
    /// Exact silence that no microphone gives: 50 ms below half a step of 16 bits.
    private static let silentRun = 800
    private static let silent: Float = 1 / 65_536
    /// What counts as full scale.
    private static let fullScale: Float = 0.999

    /// - Parameters:
    ///   - speech: where somebody speaks, in samples.
    ///   - isMarked: whether the mark of synthetic speech was found.
    static func sound(_ statement: RecordedStatement, speech: [Range<Int>], isMarked: Bool) -> StatementSound {
        let samples = statement.samples
        let spoken = speech.reduce(0) { $0 + $1.count }
        let clipped = samples.count { $0.magnitude >= fullScale }
        return StatementSound(
            isLive: statement.isLive, droppedFrames: statement.losses, sampleRate: statement.deviceRate,
            speechSeconds: Double(spoken) / Double(sampleRate), seconds: Double(samples.count) / Double(sampleRate),
            clipping: Double(clipped) / Double(max(1, samples.count)),
            signalToNoise: signalToNoise(samples, speech), isMarked: isMarked,
            hasDigitalSilence: hasDigitalSilence(samples, speech))
    }

    /// Silences before and between words, and whether the background stays the same, from the first one-time word on.
    ///
    /// - Parameter first: the number of the first one-time word.
    static func splice(_ samples: [Float], _ words: [HeardWord], first: Int) -> (gap: Double, jump: Double) {
        guard words.indices.contains(first) else { return (.nan, .nan) }
        let starts = words[first...].map(\.start)
        let ends = words[max(0, first - 1)...].map(\.end)
        let gap = zip(starts.dropFirst(first == 0 ? 1 : 0), ends).map { $0 - $1 }.max() ?? 0
        let cut = min(samples.count, max(0, Int(words[first].start * Double(sampleRate))))
        let jump = background(samples[..<cut]) - background(samples[cut...])
        return (gap, jump.magnitude)
    }

    /// The level that a twentieth of the frames lies below, in decibels.
    private static func background(_ samples: ArraySlice<Float>) -> Double {
        let levels = levels(samples).sorted()
        return levels.isEmpty ? .nan : levels[levels.count / 20]
    }

    /// Power of each frame in decibels.
    private static func levels(_ samples: ArraySlice<Float>) -> [Double] {
        stride(from: samples.startIndex, to: samples.endIndex - frame + 1, by: frame).map { start in
            10 * log10(power(samples[start..<start + frame]) + 1e-12)
        }
    }

    private static func power(_ samples: ArraySlice<Float>) -> Double {
        samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
    }

    /// Power of the speech against that of the quietest tenth of all frames, in decibels: a reader who never pauses leaves
    /// no other background.
    private static func signalToNoise(_ samples: [Float], _ speech: [Range<Int>]) -> Double {
        let spoken = speech.reduce((0.0, 0)) { sum, range in
            let part = samples[range.clamped(to: samples.indices)]
            return (sum.0 + power(part) * Double(part.count), sum.1 + part.count)
        }
        let frames = levels(samples[...]).sorted()
        guard spoken.1 > 0, !frames.isEmpty else { return .nan }
        let noise = pow(10, frames[frames.count / 10] / 10)
        return 10 * log10(max(1e-12, spoken.0 / Double(spoken.1) - noise) / max(noise, 1e-12))
    }

    /// Between the first word and the last: before and after, a device may not have begun.
    private static func hasDigitalSilence(_ samples: [Float], _ speech: [Range<Int>]) -> Bool {
        guard let first = speech.first?.lowerBound, let last = speech.last?.upperBound else { return false }
        // Pre-roll and hang-over of the detector are no words.
        let inner = (first + sampleRate / 2)..<max(first + sampleRate / 2, last - sampleRate / 2)
        var run = 0
        for sample in samples[inner.clamped(to: samples.indices)] {
            run = sample.magnitude < silent ? run + 1 : 0
            if run >= silentRun { return true }
        }
        return false
    }
}

/// Compares the voices of a ceremony: the statement, the words of today, the recordings for the voice.
struct VoiceComparison: Sendable {
    typealias Likeness = StatementVoice.Likeness

    /// Of the voice that the grant is about.
    let voice: HeldVoice
    let within: Likeness
    let consistency: Likeness?
    let reference: Likeness?

    /// Seconds of the parts that a recording is looked at in.
    private static let part = 4

    /// - Parameters:
    ///   - cut: where the words of today begin, in samples.
    ///   - speech: where somebody speaks.
    ///   - references: other recordings for the voice; without any it is made from the statement.
    init(
        _ samples: [Float], cut: Int, speech: [Range<Int>], references: [[Float]], by means: CeremonyMeans
    ) throws {
        let encoder = means.speaker
        func likeness(
            _ one: borrowing SpeakerEmbedding, _ other: borrowing SpeakerEmbedding, _ seconds: Double
        ) throws -> Likeness {
            Likeness(similarity: try one.similarity(to: other), threshold: encoder.threshold(seconds: seconds))
        }
        let statement = try encoder.embed(samples[..<cut])
        let words = try encoder.embed(samples[cut...])
        let (long, short) = (Self.seconds(speech, in: 0..<cut), Self.seconds(speech, in: cut..<samples.count))
        within = try likeness(statement, words, min(long, short))
        var consistency: Likeness?
        var reference: Likeness?
        for clip in references {
            let spoken = clip.withUnsafeBufferPointer { means.voiceActivity.speechSegments(in: $0) }
            let seconds = Self.seconds(spoken, in: clip.indices)
            let whole = try encoder.embed(clip[...])
            let both = try likeness(whole, statement, min(seconds, long)).weaker(
                try likeness(whole, words, min(seconds, short)))
            reference = reference?.weaker(both) ?? both
            let parts = Self.parts(of: clip)
            for part in parts {
                let found = try likeness(try encoder.embed(part), whole, seconds / Double(parts.count))
                consistency = consistency?.weaker(found) ?? found
            }
        }
        (self.consistency, self.reference) = (consistency, reference)
        voice = HeldVoice(try encoder.embed((references.isEmpty ? samples : references.flatMap(\.self))[...]))
    }

    private static func seconds(_ speech: [Range<Int>], in range: Range<Int>) -> Double {
        Double(speech.reduce(0) { $0 + $1.clamped(to: range).count }) / Double(StatementMeasurement.sampleRate)
    }

    /// Stretches of equal length, about four seconds each.
    private static func parts(of clip: [Float]) -> [ArraySlice<Float>] {
        let count = clip.count / (part * StatementMeasurement.sampleRate)
        guard count > 1 else { return [] }
        return (0..<count).map { clip[clip.count * $0 / count..<clip.count * ($0 + 1) / count] }
    }
}

/// Keeps an embedding for as long as somebody needs it.
final class HeldVoice: Sendable {
    let embedding: SpeakerEmbedding

    init(_ embedding: consuming SpeakerEmbedding) {
        self.embedding = embedding
    }
}
