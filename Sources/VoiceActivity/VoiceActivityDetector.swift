/// Finds where speech begins and ends in audio that arrives in pieces; however it is cut, the events are the same.
///
/// A start is reported once speech has lasted ``VoiceActivityOptions/minimumSpeech`` and lies in the past by that, the
/// model's latency and the pre-roll: who needs its sound keeps that much of it. Not to be used by two threads at once.
public struct VoiceActivityDetector: Sendable {
    public let model: VoiceActivityModel
    public let options: VoiceActivityOptions
    private var stream: VoiceActivityStream
    private var segmenter: SpeechSegmenter
    private var probabilities: [Float] = []

    /// Whether a start has been reported and its stop has not.
    public var isSpeaking: Bool { segmenter.isSpeaking }
    /// Samples appended.
    public var samples: Int { stream.samples }
    /// The latest probability of speech; 0 before the first.
    public private(set) var probability: Float = 0
    /// Samples up to the end of the last step that counted as speech.
    public var lastSpeech: Int { segmenter.lastSpeech }
    /// Samples after the last step that counted as speech, as far as their probability is known.
    public var silence: Int { segmenter.position - segmenter.lastSpeech }

    public init(model: VoiceActivityModel, options: VoiceActivityOptions = VoiceActivityOptions()) {
        self.model = model
        self.options = options
        stream = VoiceActivityStream(model)
        segmenter = SpeechSegmenter(options)
    }

    /// Takes samples (mono, 16 kHz, full scale ±1, any number) and appends the events that they complete.
    public mutating func append(_ samples: UnsafeBufferPointer<Float>, into events: inout [VoiceActivityEvent]) {
        stream.append(samples, into: &probabilities)
        drain(into: &events)
    }

    /// Stops speech that goes on before its silence has lasted long enough, for those who know more than its sound.
    public mutating func endSpeech(into events: inout [VoiceActivityEvent]) {
        segmenter.endSpeech(into: &events)
    }

    /// Ends the audio: speech that goes on stops with it. What is appended next begins a new stream at sample 0.
    public mutating func finish(into events: inout [VoiceActivityEvent]) {
        stream.finish(into: &probabilities)
        drain(into: &events)
        segmenter.finish(into: &events)
        self = VoiceActivityDetector(model: model, options: options)
    }

    private mutating func drain(into events: inout [VoiceActivityEvent]) {
        for probability in probabilities {
            // The last step of a stream may reach beyond its end.
            let samples = min(stream.step, stream.samples - segmenter.position)
            segmenter.append(probability, samples: samples, into: &events)
        }
        if let last = probabilities.last { probability = last }
        probabilities.removeAll(keepingCapacity: true)
    }
}
