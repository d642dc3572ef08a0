/// Cuts clips into windows that do not overlap and end at quiet places, for decoding in batches.
struct WindowCutter {
    private let clips: [ClipTimestamps.Clip]
    private let windowFrames: Int
    private let quietCut: QuietCut
    private(set) var clip: Int
    /// First frame of the next window.
    private(set) var position: Int

    /// - Parameter cursor: where to go on; nil for the beginning.
    init(clips: ClipTimestamps, windowFrames: Int, melBins: Int, cursor: TranscriptionCursor? = nil) {
        self.clips = clips.clips
        self.windowFrames = windowFrames
        quietCut = QuietCut(melBins: melBins)
        clip = cursor?.clip ?? 0
        position = cursor?.seek ?? clips.clips.first?.start ?? 0
    }

    /// The next `count` windows, fewer at the end of the recording.
    mutating func next(_ count: Int, from source: any MelWindowSource) throws -> [SpeechWindow] {
        var windows: [SpeechWindow] = []
        while windows.count < count, clip < clips.count {
            if let window = try nextInClip(source) {
                windows.append(window)
                position = window.end
            } else {
                clip += 1
                if clip < clips.count { position = clips[clip].start }
            }
        }
        return windows
    }

    /// Frames before it are not needed any more; clips may go back in time.
    var firstNeededFrame: Int {
        clips.dropFirst(clip + 1).reduce(position) { min($0, $1.start) }
    }

    private func nextInClip(_ source: any MelWindowSource) throws -> SpeechWindow? {
        let clipEnd = clips[clip].end ?? .max
        let latest = position + windowFrames
        guard clipEnd > position else { return nil }
        // One frame more than the window holds tells whether the clip goes on behind it.
        let available = min(clipEnd, try source.loadedFrames(through: min(clipEnd, latest + 1)))
        guard available > position else { return nil }
        guard available > latest else { return SpeechWindow(seek: position, frames: available - position) }
        let searched = min(quietCut.searchFrames, windowFrames / 2)
        let first = latest - searched
        var frames = [Float](repeating: 0, count: searched * quietCut.melBins)
        let offset = try frames.withUnsafeMutableBufferPointer { frames in
            try source.copyFrames(from: first, count: searched, into: frames)
            return quietCut.offset(in: UnsafeBufferPointer(frames), count: searched)
        }
        return SpeechWindow(seek: position, frames: first + offset - position)
    }
}
