/// A stream of decoded sound that is pulled block by block, so that no source is ever held in memory whole.
///
/// A reader belongs to one thread at a time; it may block while it waits for its source.
public protocol AudioReader: AnyObject {
    /// The rate and the channel count, which stay the same until the end.
    var format: AudioFormat { get }

    /// Frames that the source claims to hold, or nil where it does not say. Nothing vouches for it: it is good for a
    /// progress bar and for nothing that allocates.
    var frameCount: Int? { get }

    /// Why the stream ended before its proper end, once it has; nil for a sound source. What was read stays valid.
    var damage: AudioError? { get }

    /// Reads the next frames, interleaved, full scale being ±1.
    ///
    /// - Parameter samples: room for `samples.count / format.channels` frames, at least one.
    /// - Returns: the frames written, which may be fewer than there is room for; 0 at the end, and from then on.
    func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int
}

extension AudioReader {
    public var damage: AudioError? { nil }
}
