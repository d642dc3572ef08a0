import Tensors

/// Frames of a whole signal with zeros before and behind, which a convolution reads as they lie.
final class PaddedFrames {
    let frames: Int
    let channels: Int
    let padding: Int
    private let buffer: FloatBuffer

    /// `[padding + frames + padding, channels]`; the zeros are written, the frames are not.
    init(frames: Int, channels: Int, padding: Int) {
        self.frames = frames
        self.channels = channels
        self.padding = padding
        buffer = FloatBuffer(count: (frames + 2 * padding) * channels)
        buffer.zero(count: padding * channels)
        buffer.zero(from: (padding + frames) * channels, count: padding * channels)
    }

    /// The first frame of the signal.
    var start: UnsafeMutablePointer<Float> { buffer.pointer + padding * channels }

    var count: Int { frames * channels }

    /// Where a convolution that keeps the length begins to read.
    func reach(of convolution: Conv1D) -> UnsafePointer<Float> {
        reach(span: convolution.span)
    }

    func reach(span: Int) -> UnsafePointer<Float> {
        precondition(span / 2 <= padding)
        return UnsafePointer(start - span / 2 * channels)
    }
}

extension UnsafeMutablePointer<Float> {
    /// Writes `row` to each of `rows` rows.
    func fill(rows: Int, with row: [Float]) {
        row.withUnsafeBufferPointer { row in
            guard let base = row.baseAddress else { return }
            for index in 0..<rows { (self + index * row.count).update(from: base, count: row.count) }
        }
    }

    /// Adds `count` numbers.
    func add(_ other: UnsafePointer<Float>, count: Int) {
        for index in 0..<count { self[index] += other[index] }
    }

    /// Adds `row` to each of `rows` rows.
    func add(rows: Int, _ row: [Float]) {
        row.withUnsafeBufferPointer { row in
            guard let base = row.baseAddress else { return }
            for index in 0..<rows { (self + index * row.count).add(base, count: row.count) }
        }
    }
}
