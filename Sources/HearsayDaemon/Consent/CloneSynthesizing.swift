public import Pipelines
public import SpeakerIdentity

/// Speaks as somebody.
public protocol CloneSynthesizing: Sendable {
    /// Hz.
    var sampleRate: Int { get }

    /// Speaks on the calling thread.
    ///
    /// - Parameter sink: throws as soon as the voice may not be used any more; the speech ends there.
    func speak(_ text: String, as voice: borrowing SpeakerEmbedding, into sink: any SpeechSink) throws
}
