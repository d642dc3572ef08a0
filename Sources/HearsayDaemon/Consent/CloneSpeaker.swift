internal import AudioCore
internal import Consent
package import Phonemes
package import Pipelines
package import SpeakerIdentity
package import Synthesis

/// Speaks as somebody with an installed voice that can.
package struct CloneSpeaker: CloneSynthesizing {
    private let voice: NeuralVoice
    private let frontEnd: SpeechFrontEnd
    /// Kept for as long as this is.
    private let loan: (any Sendable)?

    package var sampleRate: Int { voice.sampleRate }

    package init(_ voice: NeuralVoice, frontEnd: SpeechFrontEnd, loan: (any Sendable)? = nil) {
        self.voice = voice
        self.frontEnd = frontEnd
        self.loan = loan
    }

    package func speak(_ speech: CopiedSpeech, as person: borrowing SpeakerEmbedding, into sink: any SpeechSink) throws
    {
        let text: ReadAloudJob.Text =
            speech.isMarkup ? .ssml(speech.words, isLenient: speech.isLenient) : .plain(speech.words)
        let job = ReadAloudJob(text, voice: try copy(of: person), frontEnd: frontEnd, options: speech.options)
        try job.speak(into: OpenSink(sink))
    }

    private func copy(of person: borrowing SpeakerEmbedding) throws -> ClonedVoice {
        let encoder = person.model
        let found = person.withVoice { numbers in self.voice(of: numbers, encoder) }
        guard let found else {
            throw ConsentError(.noVoiceModel, "the consent is of a time when nothing could speak with it; give it anew")
        }
        return try found.get()
    }

    private func voice(of numbers: UnsafeBufferPointer<Float>, _ encoder: String) -> Result<ClonedVoice, any Error> {
        do {
            return .success(try voice.voice(of: numbers, encoder: encoder))
        } catch {
            guard error.code == .cloneUnsupported else { return .failure(error) }
            return .failure(ConsentError(.noVoiceModel, error.message))
        }
    }
}

/// Leaves it to others to say that there is no more.
private final class OpenSink: SpeechSink {
    private let sink: any SpeechSink

    init(_ sink: any SpeechSink) {
        self.sink = sink
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) { try sink.write(samples) }

    func finish() throws(AudioError) {}
}
