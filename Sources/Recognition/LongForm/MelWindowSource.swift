/// Where the transcriber gets its log-mel frames from: a whole spectrogram, or a file that is read as it goes.
///
/// Frames are numbered from the start of the recording, 10 ms each, normalised as the model expects them. Only frames
/// of the recording itself count, not the padding after its end.
public protocol MelWindowSource: AnyObject {
    /// Makes frames available up to (not including) `frame`; returns how many there are. Fewer than `frame` only if
    /// the recording ends before it; the result is then the number of its frames.
    func loadedFrames(through frame: Int) throws -> Int

    /// Copies frames `from ..< from + count`, `[count, melBins]`; all must have been loaded.
    func copyFrames(from: Int, count: Int, into buffer: UnsafeMutableBufferPointer<Float>) throws

    /// Frames before `frame` will not be asked for again.
    func release(before frame: Int)
}
