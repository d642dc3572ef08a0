public import Pipelines
public import SpeakerIdentity
public import Synthesis

/// What is to be said in somebody's voice, and how.
public struct CopiedSpeech: Sendable {
    /// Text, or markup.
    public var words: String
    public var isMarkup: Bool
    /// Malformed markup is read as plain text.
    public var isLenient: Bool
    public var options: SpeechOptions

    public init(
        _ words: String, isMarkup: Bool = false, isLenient: Bool = false, options: SpeechOptions = SpeechOptions()
    ) {
        self.words = words
        self.isMarkup = isMarkup
        self.isLenient = isLenient
        self.options = options
    }
}

/// Speaks as somebody.
public protocol CloneSynthesizing: Sendable {
    /// Hz.
    var sampleRate: Int { get }

    /// Speaks on the calling thread.
    ///
    /// - Parameter sink: throws as soon as the voice may not be used any more; the speech ends there. It is not finished.
    func speak(_ speech: CopiedSpeech, as voice: borrowing SpeakerEmbedding, into sink: any SpeechSink) throws
}
