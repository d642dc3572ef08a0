/// A stretch of the recording that is encoded and decoded as one.
struct SpeechWindow: Sendable, Equatable {
    /// First mel frame.
    var seek: Int
    /// Number of mel frames, at most those of the model's window.
    var frames: Int

    var end: Int { seek + frames }
    /// Start in seconds.
    var timeOffset: Double { MelTime.seconds(seek) }
    /// Length in seconds.
    var duration: Double { MelTime.seconds(frames) }
}
