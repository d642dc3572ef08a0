/// Whether several recordings are of one voice.
public struct SpeakerComparison: Sendable, Equatable {
    /// Two recordings by their place in the list, and how alike they are.
    public struct Pair: Sendable, Equatable {
        public let first: Int
        public let second: Int
        /// The cosine of the angle between the voices, −1 … 1.
        public let similarity: Double
        /// The least that counts as one voice, for the shorter one's seconds of speech.
        public let threshold: Double
        public var isOneVoice: Bool { similarity >= threshold }
    }

    /// Every recording with every later one.
    public let pairs: [Pair]

    /// The pair that tells most against one voice; nil of fewer than two recordings.
    public var weakest: Pair? {
        pairs.min { $0.similarity - $0.threshold < $1.similarity - $1.threshold }
    }

    /// No pair tells against one voice.
    public var isOneVoice: Bool { pairs.allSatisfy(\.isOneVoice) }
}

extension SpeakerEncoder {
    /// Most recordings compared at once.
    public static let mostRecordings = 32

    /// Compares each recording with each: a statement, words that were asked for, and references, say.
    ///
    /// - Parameter recordings: mono, 16 kHz, full scale ±1.
    /// - Throws: `speaker.audio_invalid`, `speaker.speech_too_short`, `speaker.memory_not_locked`.
    public func compare(_ recordings: [[Float]]) throws(SpeakerIdentityError) -> SpeakerComparison {
        guard recordings.count <= Self.mostRecordings else {
            throw SpeakerIdentityError(
                .audioInvalid, "\(recordings.count) recordings; at most \(Self.mostRecordings) are compared at once")
        }
        var voices: [Voice] = []
        for samples in recordings { voices.append(try Voice(of: samples, by: self)) }
        var pairs: [SpeakerComparison.Pair] = []
        for first in voices.indices {
            for second in voices.indices.dropFirst(first + 1) {
                let (one, other) = (voices[first], voices[second])
                pairs.append(
                    SpeakerComparison.Pair(
                        first: first, second: second,
                        similarity: try one.embedding.similarity(to: other.embedding),
                        threshold: threshold(seconds: min(one.seconds, other.seconds))))
            }
        }
        return SpeakerComparison(pairs: pairs)
    }

    /// Embeddings cannot be copied, so an array holds them by reference.
    private final class Voice {
        let embedding: SpeakerEmbedding
        let seconds: Double

        init(of samples: [Float], by encoder: SpeakerEncoder) throws(SpeakerIdentityError) {
            let measure = try encoder.measure(samples)
            embedding = try measure.embedding()
            seconds = measure.seconds
        }
    }
}
