import AudioCore
import Recognition
import Spectral

/// Log-mel windows of a recording that is read as it is transcribed: only frames between the released one and the end
/// of the current window are in memory, so a recording may be of any length.
final class StreamingMelSource: MelWindowSource {
    private enum Maximum {
        case known(Float)
        /// So far, and over this many frames more, which are read ahead.
        case soFar(lookAhead: Int)
    }

    private var store: MelFrameStore
    /// Nil once the recording has ended.
    private var feed: MelFeed?
    private var maximum: Maximum
    private var maxima = MaximumSoFar()

    /// Reads frames as they are needed, and normalises them with a maximum that is known.
    ///
    /// - Parameters:
    ///   - feed: the recording, from its start.
    ///   - store: empty; knows which parts will be needed.
    init(reading feed: MelFeed, into store: MelFrameStore, maximum: Float) {
        self.feed = feed
        self.store = store
        self.maximum = .known(maximum)
    }

    /// Reads frames as they are needed, and normalises them with the maximum of the recording up to `lookAhead` frames
    /// after the last one that is asked for.
    init(reading feed: MelFeed, into store: MelFrameStore, lookAhead: Int) {
        self.feed = feed
        self.store = store
        maximum = .soFar(lookAhead: lookAhead)
    }

    /// Serves frames that are all in memory.
    init(_ frames: MelFrameStore, maximum: Float) {
        feed = nil
        store = frames
        self.maximum = .known(maximum)
    }

    /// Length of the recording in seconds, once it has been read to its end here.
    private(set) var endSeconds: Double?

    /// Frames in memory.
    var heldFrames: Int { store.heldFrames }

    /// Reads up to `seconds` before anything is asked for. A recording that ends by then is normalised as a whole.
    ///
    /// - Parameter onProgress: called about once per minute of sound, and at the end, with the seconds read.
    func readAhead(seconds: Double, onProgress: (Double) throws -> Void) throws {
        var reported = 0.0
        while let feed, feed.secondsRead <= seconds {
            try readPiece(of: feed)
            if feed.secondsRead - reported >= 60, endSeconds == nil {
                reported = feed.secondsRead
                try onProgress(reported)
            }
            guard let endSeconds else { continue }
            maximum = .known(feed.maximum)
            try onProgress(endSeconds)
        }
    }

    func loadedFrames(through frame: Int) throws -> Int {
        var wanted = frame
        if case .soFar(let lookAhead) = maximum { wanted += min(lookAhead, .max - frame) }
        while store.count < wanted, let feed { try readPiece(of: feed) }
        return min(store.count, frame)
    }

    private func readPiece(of feed: MelFeed) throws {
        let count = store.count
        if let frames = try feed.next() {
            store.append(frames)
            maxima.note(feed.maximum, after: count)
        } else {
            self.feed = nil
            endSeconds = feed.secondsRead
        }
    }

    func copyFrames(from: Int, count: Int, into buffer: UnsafeMutableBufferPointer<Float>) throws {
        guard store.copy(from: from, count: count, into: buffer) else {
            throw PipelineError(
                .framesUnavailable, "Frames \(from) ..< \(from + count) are not in memory; \(store.count) were loaded.")
        }
        let largest =
            switch maximum {
            case .known(let maximum): maximum
            case .soFar(let lookAhead): maxima.value(before: from + count + lookAhead)
            }
        LogMel.normalize(UnsafeMutableBufferPointer(rebasing: buffer[..<(count * store.melBins)]), maximum: largest)
    }

    func release(before frame: Int) {
        store.release(before: frame)
    }
}
