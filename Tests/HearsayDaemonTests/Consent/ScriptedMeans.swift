import AudioCore
import Consent
import Foundation
import HearsayDaemon
import Pipelines
import SpeakerIdentity
import Synchronization
import Tensors
import VoiceActivity
import Watermark

/// Somebody who reads, as a microphone would hear it: each word is a tone, and each person has one of their own.
struct Reader: Sendable {
    /// Hz.
    var tone = 200.0
    /// Of the words of today; nil for the same person.
    var otherTone: Double?
    /// Seconds of silence before the words of today, beside the usual.
    var gap = 0.0
    /// Level of the background, and of that of the words of today.
    var background: Float = 0.001
    var otherBackground: Float?
    /// Seconds between the beginnings of two words.
    var pace = 0.5
    var level: Float = 0.3
    var isLive = true
    /// What is read, in place of the phrase.
    var text: String?

    static let rate = 16_000.0

    /// The sound and the words of a phrase.
    func read(_ phrase: String) -> (samples: [Float], words: [HeardWord]) {
        let spoken = (text ?? phrase).split(separator: " ").map(String.init)
        let first = max(0, spoken.count - 5)
        var samples = noise(0.5, background)
        var words: [HeardWord] = []
        for (index, word) in spoken.enumerated() {
            let isOther = index >= first
            let floor = isOther ? otherBackground ?? background : background
            if index == first { samples += noise(gap, floor) }
            let start = Double(samples.count) / Self.rate
            let frequency = isOther ? otherTone ?? tone : tone
            let length = pace * 0.7
            samples += noise(length, floor).enumerated().map { place, sample in
                sample + level * Float(sin(2 * .pi * frequency * Double(place) / Self.rate))
            }
            words.append(HeardWord(text: word, start: start, end: start + length))
            samples += noise(pace - length, floor)
        }
        return (samples + noise(0.5, otherBackground ?? background), words)
    }

    func noise(_ seconds: Double, _ level: Float) -> [Float] {
        var generator = Generator(state: UInt64(seconds * 1_000) &+ 7)
        return (0..<Int(seconds * Self.rate)).map { _ in Float.random(in: -level...level, using: &generator) }
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    /// A recording of this person alone, as bytes of 16-bit samples.
    func reference(_ seconds: Double, then other: Double? = nil) -> [UInt8] {
        let count = Int(seconds * Self.rate)
        return (0..<count).flatMap { index in
            let frequency = index > count / 2 ? other ?? tone : tone
            let sample = Int16(8_000 * sin(2 * .pi * frequency * Double(index) / Self.rate))
            return withUnsafeBytes(of: sample.littleEndian) { Array($0) }
        }
    }
}

/// What a ceremony needs, made for tests: the reader is a script, the encoder hears tones.
final class ScriptedMeans: ConsentMeans {
    struct Script {
        var reader = Reader()
        var phrase = ""
        var isMarked = false
        var isMarking = true
        var encoderName = "tones 1"
        var hasSynthesizer = true
        /// In place of noise.
        var synthesizer: (any CloneSynthesizing)?
        var missing: ConsentError?
        /// What the last recording was heard as.
        var words: [HeardWord] = []
    }

    let script = Locked(Script())

    func ceremony() throws -> CeremonyMeans {
        if let missing = script.withLock(\.missing) { throw missing }
        return CeremonyMeans(
            recorder: Recorder(means: self), hearing: Hearing(means: self),
            speaker: ToneEncoder(model: script.withLock(\.encoderName)), marks: Marks(means: self),
            voiceActivity: .energy)
    }

    func encoder() throws -> (any SpeakerVerifying)? { ToneEncoder(model: script.withLock(\.encoderName)) }

    var marking: ConsentStore.Marking {
        let isMarking = script.withLock(\.isMarking)
        return ConsentStore.Marking(isMarked: isMarking, canSign: isMarking)
    }

    var markingKey: MarkingKey? { nil }

    func synthesizer() throws -> (any CloneSynthesizing)? {
        script.withLock { $0.hasSynthesizer ? $0.synthesizer ?? NoiseSynthesizer() : nil }
    }

    private struct Recorder: StatementRecording {
        let means: ScriptedMeans

        func record(onListening: () throws -> Void) throws -> RecordedStatement {
            try onListening()
            return means.script.withLock { script in
                let (samples, words) = script.reader.read(script.phrase)
                script.words = words
                return RecordedStatement(samples: samples, isLive: script.reader.isLive)
            }
        }
    }

    private struct Hearing: StatementHearing {
        let means: ScriptedMeans
        let model = "script"

        func words(in samples: [Float]) throws -> [HeardWord] { means.script.withLock(\.words) }
    }

    private struct Marks: MarkDetecting {
        let means: ScriptedMeans

        func isMarked(_ samples: UnsafeBufferPointer<Float>) throws -> Bool { means.script.withLock(\.isMarked) }
    }
}

/// Tells tones apart by the energy around a few frequencies.
struct ToneEncoder: SpeakerVerifying {
    let model: String

    func threshold(seconds: Double) -> Double { 0.8 }

    static let frequencies = [200.0, 310, 430, 570]

    func embed(_ samples: ArraySlice<Float>) throws -> SpeakerEmbedding {
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 192)
        let manner = UnsafeMutableBufferPointer<Float>.allocate(capacity: 83)
        defer {
            values.deallocate()
            manner.deallocate()
        }
        for index in manner.indices { manner[index] = index < 80 ? 0.01 * Float(index) : [5.3, 0.2, 4.5][index - 80] }
        for index in values.indices { values[index] = index < 4 ? Float(Self.energy(samples, index)) : 0.001 }
        defer { for index in values.indices { values[index] = 0 } }
        return try SpeakerEmbedding(UnsafeBufferPointer(values), manner: UnsafeBufferPointer(manner), model: model)
    }

    /// Power per 20 ms, by Goertzel's recurrence, so that the words' phases do not matter.
    private static func energy(_ samples: ArraySlice<Float>, _ index: Int) -> Double {
        let factor = 2 * cos(2 * .pi * frequencies[index] / Reader.rate)
        var total = 0.0
        for start in stride(from: samples.startIndex, to: samples.endIndex - 320, by: 320) {
            var (last, before) = (0.0, 0.0)
            for sample in samples[start..<start + 320] {
                (last, before) = (Double(sample) + factor * last - before, last)
            }
            total += last * last + before * before - factor * last * before
        }
        return total.squareRoot() + 1e-6
    }
}

/// Speaks noise for as long as the text asks for; what is longer than half a minute, five times as fast as it is heard.
struct NoiseSynthesizer: CloneSynthesizing {
    let sampleRate = 16_000

    func speak(_ speech: CopiedSpeech, as voice: borrowing SpeakerEmbedding, into sink: any SpeechSink) throws {
        let seconds = speech.words.split(separator: " ").compactMap { Int($0) }.first ?? 1
        let noise = Reader().noise(Double(seconds), 0.2)
        for start in stride(from: 0, to: noise.count, by: 1_600) {
            try Array(noise[start..<min(noise.count, start + 1_600)]).withUnsafeBufferPointer { try sink.write($0) }
            if seconds > 30 { usleep(20_000) }
        }
    }
}
