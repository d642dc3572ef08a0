public import Phonemes
public import Watermark

/// A voice: weights that are immutable and shared by all who speak with it.
public protocol SpeechVoice: Sendable {
    /// The name by which people call it.
    var name: String { get }
    /// What espeak-ng calls the language whose phonemes it was trained on, such as `en-us`.
    var language: String { get }
    /// Hz.
    var sampleRate: Int { get }
    /// Names of the speakers, at least one; positions count as their numbers.
    var speakers: [String] { get }
    /// Whether ``SpeechOptions/pitch`` and ``SpeechOptions/pitchRange`` have an effect.
    var followsPitch: Bool { get }

    /// Begins to speak one sentence.
    ///
    /// The samples carry `options.volume` and the sentence's own prosody, but not its ``SpokenSentence/pauseAfter``;
    /// they may exceed ±1, and ``SpeechFinisher`` makes them fit to be heard.
    ///
    /// - Parameter seed: decides what is left to chance in this sentence (`options.seed` is for the whole text; see
    ///   ``SpeechOptions/seed(forSentence:)``).
    /// - Throws: ``SynthesisError/Code/optionInvalid``, ``SynthesisError/Code/speakerUnknown`` or
    ///   ``SynthesisError/Code/sentenceTooLong``.
    func makeSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64
    ) throws(SynthesisError) -> any SpeechProducer

    /// Begins to speak one sentence that bears a mark. A voice that makes its sound from spectra marks those; all others'
    /// sound is marked once it is there.
    ///
    /// - Parameter position: samples of the text before this sentence: the mark goes on from one to the next.
    /// - Throws: as ``makeSpeech(of:options:seed:)``, and ``SynthesisError/Code/voiceConfigurationInvalid`` for a
    ///   sampling rate that cannot be marked.
    func makeMarkedSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64, watermark: Watermark, position: Int
    ) throws(SynthesisError) -> any SpeechProducer
}

extension SpeechVoice {
    public func makeMarkedSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64, watermark: Watermark, position: Int
    ) throws(SynthesisError) -> any SpeechProducer {
        let speech = try makeSpeech(of: sentence, options: options, seed: seed)
        do {
            let stage = try WatermarkStage(watermark, sampleRate: sampleRate, position: position)
            return MarkedSpeech(speech, stage)
        } catch {
            throw SynthesisError(.voiceConfigurationInvalid, "the voice \(name) cannot be marked", cause: error)
        }
    }
}

/// One sentence on its way to sound, pulled chunk by chunk by one thread at a time. Dropping it stops the work.
public protocol SpeechProducer: AnyObject {
    /// Appends the next chunk of mono samples, full scale being ±1.
    ///
    /// - Returns: false once the sentence is over; nothing is appended then.
    func next(into samples: inout [Float]) throws(SynthesisError) -> Bool

    /// The sentence's marks and where they sound; complete once the first chunk has been given.
    var marks: [SpeechMark] { get }
}

extension SpeechProducer {
    public var marks: [SpeechMark] { [] }
}

/// A named place in the text, as sound.
public struct SpeechMark: Sendable, Equatable {
    public var name: String
    /// Samples from the start of the sentence.
    public var sample: Int

    public init(name: String, sample: Int) {
        self.name = name
        self.sample = sample
    }
}

extension SpeechOptions {
    /// The seed of one sentence of a text: the sentences differ, and none depends on those before it.
    public func seed(forSentence number: Int) -> UInt64 {
        // SplitMix64's finaliser (Steele, Lea, Flood 2014).
        var z = seed &+ UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The number of the chosen speaker; nil when none was chosen.
    ///
    /// - Throws: ``SynthesisError/Code/speakerUnknown``.
    public func speakerNumber(in voice: some SpeechVoice) throws(SynthesisError) -> Int? {
        switch speaker {
        case nil: return nil
        case .number(let number):
            guard voice.speakers.indices.contains(number) else {
                throw SynthesisError(
                    .speakerUnknown,
                    "the voice \(voice.name) has no speaker \(number); it has speakers 0 to \(voice.speakers.count - 1)"
                )
            }
            return number
        case .named(let name):
            if let position = voice.speakers.firstIndex(of: name) { return position }
            let known = voice.speakers.prefix(20).joined(separator: ", ") + (voice.speakers.count > 20 ? ", …" : "")
            throw SynthesisError(
                .speakerUnknown, "the voice \(voice.name) has no speaker called \(name); it has \(known)")
        }
    }
}
