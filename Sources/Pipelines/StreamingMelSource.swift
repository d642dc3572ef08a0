import AudioCore
import Recognition
import Spectral

/// Log-mel windows of a recording that is read as it is transcribed: only frames between the released one and the end
/// of the current window are in memory, so a recording may be of any length.
final class StreamingMelSource: MelWindowSource {
    private var store: MelFrameStore
    /// Nil once the recording has ended.
    private var feed: MelFeed?
    /// Nil for the maximum so far.
    private let maximum: Float?
    private var runningMaximum: Float = -.infinity

    /// Reads frames as they are needed.
    ///
    /// - Parameters:
    ///   - feed: the recording, from its start.
    ///   - store: empty; knows which parts will be needed.
    ///   - maximum: what to normalise with, or nil for the maximum so far.
    init(reading feed: MelFeed, into store: MelFrameStore, maximum: Float?) {
        self.feed = feed
        self.store = store
        self.maximum = maximum
    }

    /// Serves frames that are all in memory.
    init(_ frames: MelFrameStore, maximum: Float) {
        feed = nil
        store = frames
        self.maximum = maximum
    }

    /// Length of the recording in seconds, once it has been read to its end here.
    private(set) var endSeconds: Double?

    /// Frames in memory.
    var heldFrames: Int { store.heldFrames }

    func loadedFrames(through frame: Int) throws -> Int {
        while store.count < frame, let feed {
            if let frames = try feed.next() {
                store.append(frames)
                runningMaximum = feed.maximum
            } else {
                self.feed = nil
                endSeconds = feed.secondsRead
            }
        }
        return min(store.count, frame)
    }

    func copyFrames(from: Int, count: Int, into buffer: UnsafeMutableBufferPointer<Float>) throws {
        guard store.copy(from: from, count: count, into: buffer) else {
            throw PipelineError(
                .framesUnavailable, "Frames \(from) ..< \(from + count) are not in memory; \(store.count) were loaded.")
        }
        LogMel.normalize(
            UnsafeMutableBufferPointer(rebasing: buffer[..<(count * store.melBins)]),
            maximum: maximum ?? runningMaximum)
    }

    func release(before frame: Int) {
        store.release(before: frame)
    }
}
