/// Turns the probabilities of consecutive steps into starts and ends of speech: hysteresis, shortest lengths, pre-roll
/// and hang-over.
struct SpeechSegmenter: Sendable {
    private enum State {
        case silence
        /// Something sounds like speech, not yet for long enough: where it began, and how many of its samples did.
        case suspicion(start: Int, heard: Int)
        case speech
    }

    /// Samples in which a pause of an utterance that is only suspected ends the suspicion.
    private static let patience = VoiceActivityModel.sampleRate / 10

    private let startThreshold: Float
    private let stopThreshold: Float
    private let preRoll: Int
    private let hangOver: Int
    private let minimumSpeech: Int
    private let minimumSilence: Int

    private var state = State.silence
    /// Samples whose probability is known.
    private(set) var position = 0
    /// Where the last step that counts as speech ended.
    private(set) var lastSpeech = 0
    /// Where the last stretch that was reported ended.
    private var lastStop = 0

    var isSpeaking: Bool { if case .speech = state { true } else { false } }

    init(_ options: VoiceActivityOptions) {
        startThreshold = options.startThreshold.isNaN ? 0.5 : options.startThreshold
        stopThreshold = min(options.stopThreshold, startThreshold)
        preRoll = Self.samples(options.preRoll)
        minimumSpeech = Self.samples(options.minimumSpeech)
        minimumSilence = Self.samples(options.minimumSilence)
        hangOver = min(Self.samples(options.hangOver), minimumSilence)
    }

    /// Takes the probability of the next `samples` samples.
    mutating func append(_ probability: Float, samples: Int, into events: inout [VoiceActivityEvent]) {
        let start = position
        position += samples
        switch state {
        case .silence:
            guard probability >= startThreshold else { return }
            lastSpeech = position
            suspect(start: start, heard: samples, into: &events)
        case .suspicion(let begin, let heard):
            if probability >= stopThreshold {
                lastSpeech = position
                suspect(start: begin, heard: heard + samples, into: &events)
            } else if position - lastSpeech >= Self.patience {
                state = .silence
            }
        case .speech:
            if probability >= stopThreshold {
                lastSpeech = position
            } else if position - lastSpeech >= minimumSilence {
                stop(into: &events)
            }
        }
    }

    /// Ends speech that goes on, where it is.
    mutating func endSpeech(into events: inout [VoiceActivityEvent]) {
        if isSpeaking { stop(into: &events) }
    }

    /// Ends the audio: speech that goes on ends with it.
    mutating func finish(into events: inout [VoiceActivityEvent]) {
        endSpeech(into: &events)
        state = .silence
    }

    private mutating func suspect(start: Int, heard: Int, into events: inout [VoiceActivityEvent]) {
        guard heard >= minimumSpeech else {
            state = .suspicion(start: start, heard: heard)
            return
        }
        events.append(.started(sample: max(start - preRoll, lastStop)))
        state = .speech
    }

    private mutating func stop(into events: inout [VoiceActivityEvent]) {
        lastStop = min(lastSpeech + hangOver, position)
        events.append(.stopped(sample: lastStop))
        state = .silence
    }

    /// An hour is for ever here.
    private static func samples(_ seconds: Double) -> Int {
        seconds > 0 ? Int(min(seconds, 3600) * Double(VoiceActivityModel.sampleRate)) : 0
    }
}
