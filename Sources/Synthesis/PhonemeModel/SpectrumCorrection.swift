internal import Tensors

/// Gives the loud frames of a copied voice its person's long-term spectrum; pauses stay as they are. The reference is
/// `ClonedVoice` in `Training/hearsay_training/cloning.py`.
struct SpectrumCorrection: Sendable {
    /// A frame whose mean is this far below the level that one in twenty reaches, in normalised log-mel, is none of the
    /// loud ones.
    private static let quiet: Float = 1.2
    /// Bands from whose correction that of the bands above is taken.
    private static let lastBands = 4

    /// `[melBins]`
    private let offset: WipedBuffer
    private let top: Float
    /// Bands whose mean is a frame's level.
    private let bins: Int

    /// - Parameters:
    ///   - target: the long-term spectrum that is wanted, in the lower `bins` bands.
    ///   - frames: what the model makes of a known sentence, `[…, width]`, the first `melBins` of each row being its
    ///     normalised log-mel.
    init(target: WipedBuffer, frames: [Float], width: Int, melBins: Int) {
        let bins = min(target.count, melBins)
        let rows = 0..<frames.count / width
        let levels = rows.map { row in Self.level(row * width, frames, bins) }
        let sorted = levels.sorted()
        let top = sorted.isEmpty ? 0 : sorted[Int(0.95 * Double(sorted.count - 1))]
        let loud = rows.filter { levels[$0] >= top - Self.quiet }
        let mean = WipedBuffer(count: bins)
        for row in loud {
            for bin in 0..<bins { mean.pointer[bin] += frames[row * width + bin] / Float(loud.count) }
        }
        let middle = (0..<bins).reduce(Float(0)) { $0 + mean.pointer[$1] } / Float(bins)
        let offset = WipedBuffer(count: melBins)
        for bin in 0..<bins { offset.pointer[bin] = target.pointer[bin] - (mean.pointer[bin] - middle) }
        let last = max(0, bins - Self.lastBands)..<bins
        let above = last.reduce(Float(0)) { $0 + offset.pointer[$1] } / Float(max(1, last.count))
        for bin in bins..<melBins { offset.pointer[bin] = above }
        self.offset = offset
        self.top = top
        self.bins = bins
    }

    /// - Parameter row: normalised log-mel, `[melBins]`.
    func apply(to row: UnsafeMutablePointer<Float>) {
        var sum: Float = 0
        for bin in 0..<bins { sum += row[bin] }
        let part = min(max(2 - (top - sum / Float(bins)) / Self.quiet, 0), 1)
        guard part > 0 else { return }
        for bin in 0..<offset.count { row[bin] += part * offset.pointer[bin] }
    }

    private static func level(_ start: Int, _ frames: [Float], _ bins: Int) -> Float {
        (0..<bins).reduce(Float(0)) { $0 + frames[start + $1] } / Float(bins)
    }
}
