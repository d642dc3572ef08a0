/// A change between silence and speech, at a sample counted from the first that was appended.
public enum VoiceActivityEvent: Sendable, Equatable {
    /// Speech begins at this sample, pre-roll included; never before the end of the speech before it.
    case started(sample: Int)
    /// The speech that started last ends before this sample, hang-over included.
    case stopped(sample: Int)
}
