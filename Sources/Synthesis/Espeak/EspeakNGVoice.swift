public import Phonemes

/// espeak-ng's own voice: formants, no network; in every language that espeak-ng knows.
///
/// It speaks sentences as they are written: how espeak-ng says a word is known to espeak-ng alone, so pronunciations of
/// lexicons and of the author have no effect, nor have pauses, emphasis and prosody of a part of a sentence. Prosody of a whole
/// sentence has; marks are placed in proportion to the phonemes before them.
public struct EspeakNGVoice: SpeechVoice {
    public var name: String { "espeak-ng" }
    public let language: String
    public var sampleRate: Int { EspeakSpeaker.sampleRate }
    public var speakers: [String] { ["espeak-ng"] }
    public var followsPitch: Bool { true }

    /// Longest sentence, in seconds of sound.
    private static let longestSentence = 300
    /// Decibels from espeak-ng's loudness (−21 LUFS) to that of all voices.
    private static let gain = 3.0

    private let speaker: EspeakSpeaker

    /// - Parameter language: a tag such as `de`; whether espeak-ng knows it shows with the first sentence.
    public init(language: String, speaker: EspeakSpeaker = EspeakSpeaker()) {
        self.language = language
        self.speaker = speaker
    }

    public func makeSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64
    ) throws(SynthesisError) -> any SpeechProducer {
        try options.validate()
        _ = try options.speakerNumber(in: self)
        let prosody = sentence.commonProsody
        let decibels = options.volume + prosody.volume + Self.gain
        return EspeakNGSpeech(sentence, factor: Decibels.factor(Float(decibels))) { () throws(SynthesisError) in
            do throws(PhonemeError) {
                return try speaker.samples(
                    of: sentence.text, language: language, manner: Self.manner(options, prosody),
                    limit: Self.longestSentence * sampleRate)
            } catch {
                throw SynthesisError(SynthesisError.Code(rawValue: error.code.rawValue), error.message)
            }
        }
    }

    /// Rate 1 is 175 words a minute; 80 and 700 are the slowest and the fastest. espeak-ng's pitch is a table of 2^((p−50)/50),
    /// so a semitone is 50/12 steps, 12 of them (11.8 upwards) the most; its range is 50 times the factor, and less than
    /// twice the voice's own. Volume is a factor of the samples, because espeak-ng's own distorts what it makes louder.
    static func manner(_ options: SpeechOptions, _ prosody: Prosody) -> EspeakManner {
        func step(_ value: Double) -> Int { Int(min(max(value.rounded(), 0), 99)) }
        let rate = min(options.rate * prosody.rate, SpeechOptions.rates.upperBound)
        return EspeakManner(
            wordsPerMinute: Int((175 * rate).rounded()), pitch: step(50 + (options.pitch + prosody.pitch) * 50 / 12),
            range: step(50 * options.pitchRange * prosody.pitchRange))
    }
}

extension SpokenSentence {
    /// How all phonemes of the sentence are said, should they be said alike; else neutral.
    var commonProsody: Prosody {
        guard let first = spans.first, spans.allSatisfy({ $0.prosody == first.prosody }) else { return .neutral }
        let isCommon = phonemes.indices.allSatisfy { index in
            !phonemes[index].isSpoken || spans.contains { $0.range.contains(index) }
        }
        return isCommon ? first.prosody : .neutral
    }
}

extension Phoneme {
    /// Whether it is a sound, not punctuation, a boundary, beginning or end.
    var isSpoken: Bool { symbol.unicodeScalars.contains { $0.properties.isAlphabetic } }
}
