import AudioCore
import Spectral

/// The first pass over a recording: it finds the maximum that every frame is normalised with, and keeps the frames if
/// there are few enough of them, so that a recording of ordinary length is decoded once.
struct RecordingScan {
    /// Largest raw log-mel value of the recording.
    let maximum: Float
    /// Length of the recording in seconds.
    let seconds: Double
    /// All frames, unless there were more than the limit.
    let frames: MelFrameStore?

    /// Reads the recording to its end.
    ///
    /// - Parameters:
    ///   - feed: the recording, from its start.
    ///   - store: takes the frames.
    ///   - retainedSeconds: the longest recording whose frames are kept.
    ///   - canReadAgain: whether a longer one may go without; if not, it is an error.
    ///   - onProgress: called about once per minute of sound, and at the end, with the seconds read.
    /// - Throws: ``PipelineError/Code/recordingTooLong``, and what the reader and `onProgress` throw.
    init(
        _ feed: MelFeed, into store: MelFrameStore, retainedSeconds: Double, canReadAgain: Bool,
        onProgress: (Double) throws -> Void
    ) throws {
        // A claim need not be true, but where it is, nothing is kept for nothing.
        let claimsTooMuch = canReadAgain && feed.audio.claimedSeconds ?? 0 > retainedSeconds
        var kept: MelFrameStore? = claimsTooMuch ? nil : store
        var reported = 0.0
        while let frames = try feed.next() {
            if feed.secondsRead > retainedSeconds {
                guard canReadAgain else { throw Self.tooLong(retainedSeconds) }
                kept = nil
            }
            kept?.append(frames)
            if feed.secondsRead - reported >= 60 {
                reported = feed.secondsRead
                try onProgress(reported)
            }
        }
        try onProgress(feed.secondsRead)
        maximum = feed.maximum
        seconds = feed.secondsRead
        frames = kept
    }

    private static func tooLong(_ seconds: Double) -> PipelineError {
        PipelineError(
            .recordingTooLong,
            "The piped audio is longer than the \(seconds) s that can be normalised as a whole. "
                + "Normalise it with the running maximum, or transcribe it from a file.")
    }
}
