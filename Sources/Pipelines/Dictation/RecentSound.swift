import Spectral

/// The last seconds of a sound, counted in samples from its beginning.
struct RecentSound: Sendable {
    private var samples: [Float] = []
    /// The first sample that is kept.
    private(set) var start = 0

    /// Samples that are kept at least: more than a start of speech is ever reported late by.
    private static let kept = 5 * LogMelFraming.sampleRate

    /// The first sample that has not come yet.
    var end: Int { start + samples.count }

    mutating func append(_ new: UnsafeBufferPointer<Float>) {
        // Rarely, because what stays has to move.
        if samples.count > 2 * Self.kept {
            let dropped = samples.count - Self.kept
            samples.removeFirst(dropped)
            start += dropped
        }
        samples += new
    }

    /// Calls `body` with the samples of a range, as far as they are kept.
    func withSamples(_ range: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        let kept = range.clamped(to: start..<end)
        guard !kept.isEmpty else { return }
        samples.withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[kept.lowerBound - start..<kept.upperBound - start]))
        }
    }
}
