/// Frames that a convolution along time has still to read: they arrive at the end and leave at the front once no
/// output needs them. Zeros stand before the first frame and, when the signal ends, after the last, so that a signal
/// given in pieces is convolved as if it were given whole.
public final class FrameQueue {
    public let channels: Int
    /// Frames that an output needs beyond one: (taps − 1) · dilation of the convolution that reads from here.
    public let span: Int
    private let after: Int
    private var storage: FloatBuffer
    private var first = 0
    private var count = 0

    /// - Parameters:
    ///   - channels: floats of a frame, at least 1.
    ///   - span: at least 0; ``span`` − `after` zeros come before the first frame.
    ///   - after: zeros that follow the last frame: half of the span for a convolution that keeps the length.
    public init(channels: Int, span: Int, after: Int) {
        precondition(channels > 0 && span >= after && after >= 0)
        self.channels = channels
        self.span = span
        self.after = after
        storage = FloatBuffer(count: (span + 1) * channels)
        reset()
    }

    /// Frames that a convolution without padding gives from what is there now.
    public var ready: Int { max(0, count - span) }

    /// `[ready + span, channels]` when `ready` > 0. Valid until the next call.
    public var frames: UnsafeMutablePointer<Float> { storage.pointer + first * channels }

    /// Makes room for `added` frames, which the caller writes before it asks for anything else.
    public func extend(by added: Int) -> UnsafeMutablePointer<Float> {
        let needed = (first + count + added) * channels
        if needed > storage.count {
            if (count + added) * channels <= storage.count {
                storage.pointer.update(from: frames, count: count * channels)
            } else {
                let larger = FloatBuffer(count: 2 * (count + added) * channels)
                larger.pointer.update(from: frames, count: count * channels)
                storage = larger
            }
            first = 0
        }
        defer { count += added }
        return storage.pointer + (first + count) * channels
    }

    /// Appends copies of `added` frames.
    public func append(_ rows: UnsafePointer<Float>, frames added: Int) {
        extend(by: added).update(from: rows, count: added * channels)
    }

    /// Appends the zeros that follow the last frame.
    public func end() {
        extend(by: after).update(repeating: 0, count: after * channels)
    }

    /// Forgets the first `used` frames, at most ``ready``.
    public func drop(_ used: Int) {
        precondition(used >= 0 && used <= ready)
        first += used
        count -= used
    }

    /// As new.
    public func reset() {
        first = 0
        count = 0
        let before = span - after
        extend(by: before).update(repeating: 0, count: before * channels)
    }
}
