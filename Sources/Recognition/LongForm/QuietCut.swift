/// Finds a quiet place to cut a recording: where the log-mel energy, averaged over the mel bins and smoothed over
/// time, is lowest.
package struct QuietCut: Sendable {
    let melBins: Int
    /// Frames to look at before the latest possible cut: 5 s.
    package var searchFrames = 500
    /// Width of the smoothing, in frames: 0.2 s, longer than the gaps within a word.
    var smoothingFrames = 20

    package init(melBins: Int) {
        self.melBins = melBins
    }

    /// Offset of the best cut in `frames`, the last one of equals, so that windows are as long as can be.
    ///
    /// - Parameter frames: normalised log-mel `[count, melBins]`.
    package func offset(in frames: UnsafeBufferPointer<Float>, count: Int) -> Int {
        guard count > 0, melBins > 0, frames.count >= count * melBins else { return count }
        var sums = [Float](repeating: 0, count: count + 1)
        for frame in 0..<count {
            var energy: Float = 0
            for bin in frame * melBins..<(frame + 1) * melBins {
                energy += frames[bin]
            }
            sums[frame + 1] = sums[frame] + energy / Float(melBins)
        }
        var best = (offset: count, energy: Float.infinity)
        for offset in 0...count {
            let first = max(0, offset - smoothingFrames / 2)
            let last = min(count, offset + smoothingFrames / 2)
            let energy = (sums[last] - sums[first]) / Float(last - first)
            if energy <= best.energy { best = (offset, energy) }
        }
        return best.offset
    }
}
