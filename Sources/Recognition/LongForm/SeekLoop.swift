/// Where in the recording the next window begins.
///
/// Walks through the clips as the reference does. Two guards keep it finite where the reference would go on for
/// ever: a clip ends with the recording, and a position that does not advance is moved to the window's end.
struct SeekLoop: Sendable {
    private let clips: [ClipTimestamps.Clip]
    private let windowFrames: Int
    private(set) var clip: Int
    private(set) var seek: Int
    private var window = SpeechWindow(seek: 0, frames: 0)

    /// - Parameters:
    ///   - windowFrames: frames of a full window, 3000 for 30 s.
    ///   - cursor: where to go on; nil for the beginning.
    init(clips: ClipTimestamps, windowFrames: Int, cursor: TranscriptionCursor? = nil) {
        self.clips = clips.clips
        self.windowFrames = windowFrames
        clip = cursor?.clip ?? 0
        seek = cursor?.seek ?? clips.clips.first?.start ?? 0
    }

    /// The next window, nil after the last one.
    ///
    /// - Parameter loadedFrames: how many frames there are up to a given one, as `MelWindowSource` says it.
    mutating func next(loadedFrames: (Int) throws -> Int) rethrows -> SpeechWindow? {
        while clip < clips.count {
            seek = max(seek, clips[clip].start)
            let end = min(clips[clip].end ?? .max, seek + windowFrames)
            let available = end > seek ? try loadedFrames(end) : 0
            let frames = min(end, available) - seek
            if frames > 0 {
                window = SpeechWindow(seek: seek, frames: frames)
                return window
            }
            clip += 1
            if clip < clips.count { seek = clips[clip].start }
        }
        return nil
    }

    /// Sets where the next window begins, relative to nothing but the recording's start.
    mutating func advance(to frame: Int) {
        seek = frame > window.seek ? frame : window.end
    }

    /// Frames before it are not needed any more; clips may go back in time.
    var firstNeededFrame: Int {
        clips.dropFirst(clip + 1).reduce(seek) { min($0, $1.start) }
    }
}
