import AudioIO
import Glibc
import Pipelines
import Recognition
import Spectral
import StrictJSON
import VoiceActivity

/// How soon speech becomes text while it is spoken, and what that costs in words: clips of real speech, each followed by
/// two seconds of faint noise, come as a microphone gives them, in periods of 20 ms.
///
/// The clock is the sound's: a period is there when its last sample has been spoken, and whoever is done with what was
/// there takes what has come meanwhile, as ``DictationSession`` does. What a call takes is measured; only the waiting for
/// sound is left out.
struct DictationMeasure {
    private let model: WhisperModel
    private let activity: VoiceActivityModel
    private let options: DictationOptions
    private let threads: Int
    private let decoder: UtteranceDecoder
    /// What calls are timed by: the wall's clock, or this process's, which a busy machine does not disturb.
    private let clock: clockid_t

    /// Samples that a microphone hands over at a time, and that a session takes at most.
    private static let period = FrontEnd.sampleRate / 50
    private static let mostAtOnce = FrontEnd.sampleRate
    /// Seconds of newer sound for which a session gives a hypothesis up.
    private static let patience = 1.0

    init(_ arguments: Arguments) throws {
        model = try WhisperModel.open(arguments.model())
        activity = try VoiceActivityModel.open(arguments.text("activity") ?? "Models/voice-activity")
        var options = DictationOptions()
        if let name = arguments.text("policy") {
            guard let policy = CommitPolicy(rawValue: name) else { throw BenchError("there is no policy '\(name)'") }
            options.policy = policy
        }
        if let interval = try arguments.number("interval") { options.interval = interval }
        if let pause = try arguments.number("pause") { options.pause = pause }
        options.language = "en"
        options.commands = SpokenCommands()
        options.wordTimes = true
        self.options = options
        threads = arguments.threads
        clock = arguments.text("clock") == "processor" ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC
        guard clock == CLOCK_MONOTONIC || threads == 1 else {
            throw BenchError("the processor's clock counts all threads: --threads 1")
        }
        var decoding = TranscriptionOptions()
        if arguments.text("any-text") != nil {
            // What a model with random weights says looks wrong, and would be decoded again and again.
            decoding.logProbabilityThreshold = nil
            decoding.compressionRatioThreshold = nil
            decoding.noSpeechThreshold = nil
        }
        decoder = try UtteranceDecoder(model: model, options: decoding, threads: threads)
    }

    /// All clips of a folder, or one file.
    func run(_ path: String) throws -> Answer {
        let clips = try Self.clips(path)
        guard !clips.isEmpty else { throw BenchError("no .wav or .flac in \(path)") }
        // The first clip also pays for pages that are read for the first time.
        _ = try measure(clips[0])
        var total = DictationFigures()
        for clip in clips { total.add(try measure(clip)) }
        return [
            ("policy", .string(options.policy.rawValue)), ("interval", .number(options.interval)),
            ("pause", .number(options.pause)),
            ("threads", .integer(Int64(threads))), ("clips", .integer(Int64(clips.count))),
        ] + total.answer
    }

    private func measure(_ path: String) throws -> DictationFigures {
        let speech = try FrontEnd.samples(of: path, seconds: 25)
        let sound = Self.withNoiseAfter(speech)
        var dictation = Dictation(decoder: decoder, activity: activity, options: options)
        var log = DictationLog(speech: SpeechExtent(speech), heard: speech.count)
        var now = 0.0
        var start = 0
        while start < sound.count {
            let spoken = min(sound.count, Int(now * Double(FrontEnd.sampleRate)) / Self.period * Self.period)
            let end = min(sound.count, start + Self.mostAtOnce, max(spoken, start + Self.period))
            let began = max(now, Double(end) / Double(FrontEnd.sampleRate))
            let (timing, _) = try sound[start..<end].withUnsafeBufferPointer { samples in
                try time {
                    let zero = milliseconds(clock)
                    let current = { began + (milliseconds(clock) - zero) / 1e3 }
                    try dictation.append(
                        samples, shouldStop: { current() - Double(end) / Double(FrontEnd.sampleRate) > Self.patience }
                    ) { log.take($0, at: current(), heard: end) }
                }
            }
            now = began + (clock == CLOCK_MONOTONIC ? timing.wall : timing.processor) / 1e3
            log.processor += timing.processor / 1e3
            start = end
        }
        try dictation.finish { log.take($0, at: now, heard: sound.count) }
        return log.figures(whole: try wholeText(of: sound))
    }

    /// The text that the model gives of the sound as one utterance.
    private func wholeText(of sound: [Float]) throws -> String {
        let mel = sound.withUnsafeBufferPointer { LogMelSpectrogram(melBins: decoder.melBins)($0) }
        let request = UtteranceRequest(mel: mel.values, language: "en", isFinal: true)
        return try decoder.decode(request) { false }.words.map(\.text).joined()
    }

    private static func withNoiseAfter(_ speech: [Float]) -> [Float] {
        var state: UInt64 = 1
        return speech
            + (0..<2 * FrontEnd.sampleRate).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31 * 3e-4
            }
    }

    private static func clips(_ path: String) throws -> [String] {
        guard let folder = opendir(path) else { return [path] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".wav") || name.hasSuffix(".flac") { names.append("\(path)/\(name)") }
        }
        return names.sorted()
    }
}

/// Where in a clip somebody speaks: what is less than 30 dB below its loudest moment.
struct SpeechExtent {
    /// Seconds.
    var start = 0.0
    var end = 0.0

    init(_ samples: [Float]) {
        let frame = FrontEnd.sampleRate / 100
        let powers = stride(from: 0, to: samples.count - frame, by: frame).map { start in
            samples[start..<start + frame].reduce(0) { $0 + $1 * $1 }
        }
        let limit = (powers.max() ?? 0) * 1e-3
        start = Double(powers.firstIndex { $0 > limit } ?? 0) / 100
        end = Double((powers.lastIndex { $0 > limit } ?? 0) + 1) / 100
    }
}
