internal import NeuralCodec
package import Phonemes
internal import Tensors
package import Watermark

/// Somebody's voice, for as long as it is spoken with: the stock voice's phonemes, durations and melody, in that person's
/// pitch, rate and sound. What it knows of the person is wiped when it is let go of.
package final class ClonedVoice: SpeechVoice {
    package var name: String { "copied voice" }
    package var language: String { voice.language }
    package var sampleRate: Int { voice.sampleRate }
    package var speakers: [String] { [name] }
    package var followsPitch: Bool { true }

    private let voice: NeuralVoice
    let delivery: NeuralVoice.Delivery

    init(_ voice: NeuralVoice, _ delivery: NeuralVoice.Delivery) {
        self.voice = voice
        self.delivery = delivery
    }

    package func makeSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64
    ) throws(SynthesisError) -> any SpeechProducer {
        var options = options
        // There is one speaker, whatever a request says.
        options.speaker = nil
        return try voice.makeSpeech(of: sentence, delivery, options: options, seed: seed, filter: nil)
    }

    /// Without the mark: whoever lends a copied voice marks all that it says on its way out, and two marks would be heard.
    package func makeMarkedSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64, watermark: Watermark, position: Int
    ) throws(SynthesisError) -> any SpeechProducer {
        try makeSpeech(of: sentence, options: options, seed: seed)
    }
}

extension NeuralVoice {
    /// Whether it can speak as somebody.
    public var clones: Bool { clone != nil }

    /// The speaker encoder whose numbers it understands; nil where it cannot speak as anybody.
    package var cloneEncoder: String? { clone?.description.encoder }

    /// A voice like the one that `numbers` describe.
    ///
    /// - Parameters:
    ///   - numbers: a speaker encoder's, and after them a manner's. They are not kept.
    ///   - encoder: whose numbers they are.
    /// - Throws: ``SynthesisError/Code/cloneUnsupported``, ``SynthesisError/Code/voiceUnreadable``.
    package func voice(
        of numbers: UnsafeBufferPointer<Float>, encoder: String
    ) throws(SynthesisError) -> ClonedVoice {
        guard let clone, let numbers = numbers.count == clone.inputs ? numbers.baseAddress : nil,
            encoder == clone.description.encoder
        else {
            throw SynthesisError(
                .cloneUnsupported,
                "the voice \(name) cannot speak as those whom the speaker encoder \(encoder) describes")
        }
        do {
            try clone.verifyUnchanged()
        } catch {
            throw SynthesisError(.voiceUnreadable, "the voice's weights are not what they were", cause: error)
        }
        let prosody = clone.prosody(numbers)
        var speaker = stockSpeaker(clone.description.speaker)
        (speaker.pitchMean, speaker.pitchDeviation, speaker.gain) = (prosody.mean, prosody.deviation, 0)
        var delivery = Delivery(
            speaker: speaker, rate: prosody.rate, decoder: clone.decoder, vector: clone.voice(numbers, on: pool))
        let features = try prepare(calibration(clone), SpeechOptions(), delivery).features
        var frames: [Float] = []
        while let piece = features.next(frames: 1024) { frames += piece.values }
        delivery.correction = SpectrumCorrection(
            target: clone.spectrum(numbers, on: pool), frames: frames, width: codec.melBins + 2, melBins: codec.melBins)
        for index in frames.indices { frames[index] = 0 }
        return ClonedVoice(self, delivery)
    }

    /// A sentence by which the model's own long-term spectrum is known.
    private func calibration(_ clone: CloneModel) -> SpokenSentence {
        SpokenSentence(text: "", phonemes: clone.description.calibration.map { Phoneme($0.symbol, stress: $0.stress) })
    }
}

extension SynthesisError.Code {
    /// The voice cannot speak as somebody, or not as those whom another speaker encoder describes.
    public static let cloneUnsupported = Self(rawValue: "voice.clone_unsupported")
}
