/// Where a transcription stands between two windows, so that another process can go on from there.
///
/// Together with the same recording, model and options it determines everything that follows: the windows, the text
/// that they are conditioned on and the random numbers. A transcription that is resumed thus ends in the very
/// transcript of one that was not interrupted.
public struct TranscriptionCheckpoint: Sendable, Equatable {
    public var cursor: TranscriptionCursor
    /// All segments up to here, in order; their tokens are the text that the next window may be conditioned on.
    public var segments: [Segment]

    public init(cursor: TranscriptionCursor, segments: [Segment]) {
        self.cursor = cursor
        self.segments = segments
    }

    var tokens: [Int] { segments.flatMap(\.tokens) }

    /// Refuses what no transcription leaves behind: a stored value may have been damaged.
    func validate(clips: Int) throws(RecognitionError) {
        guard (0...clips).contains(cursor.clip), (0...MelTime.largest).contains(cursor.seek), cursor.promptStart >= 0,
            cursor.lastSpeech.isFinite
        else {
            throw RecognitionError(
                .checkpointInvalid,
                "the place to go on from (\(cursor)) does not belong to this recording and these options; start again")
        }
    }
}

/// The small part of a ``TranscriptionCheckpoint``, which does not grow with the recording.
public struct TranscriptionCursor: Sendable, Equatable, Codable {
    /// Code of the language that was given or detected.
    public var language: String
    /// Which of the clips the next window lies in, from 0.
    public var clip: Int
    /// First mel frame of the next window, 10 ms each.
    public var seek: Int
    /// Tokens before this one, counted from the start of the initial prompt, are no condition for the next window.
    public var promptStart: Int
    /// End of the last word in seconds, where words are timed.
    public var lastSpeech: Double

    public init(language: String, clip: Int, seek: Int, promptStart: Int, lastSpeech: Double) {
        self.language = language
        self.clip = clip
        self.seek = seek
        self.promptStart = promptStart
        self.lastSpeech = lastSpeech
    }
}

extension RecognitionError.Code {
    /// A checkpoint that does not fit the recording and the options.
    public static let checkpointInvalid = Self(rawValue: "recognition.checkpoint_invalid")
}
