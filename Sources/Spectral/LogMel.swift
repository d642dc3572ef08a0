import CKernels

/// A log-mel spectrogram.
public struct LogMel: Sendable, Equatable {
    public let melBins: Int
    /// 100 per second.
    public let frames: Int
    /// `[frames, melBins]`, frame-major: the transpose of the reference's array.
    public var values: [Float]

    /// - Precondition: `values.count == frames * melBins`.
    public init(melBins: Int, frames: Int, values: [Float]) {
        precondition(values.count == frames * melBins, "log-mel of \(frames) × \(melBins) with \(values.count) values")
        self.melBins = melBins
        self.frames = frames
        self.values = values
    }

    /// The reference's normalisation of raw log10 power: clamp to `maximum` − 8 (80 dB below the loudest), then
    /// (x + 4) / 4.
    ///
    /// The reference takes `maximum` over the whole recording. Audio that is still coming in only has the maximum so
    /// far: its quiet frames are clamped less than the reference would until the loudest moment has passed.
    public static func normalize(_ raw: UnsafeMutableBufferPointer<Float>, maximum: Float) {
        guard let values = raw.baseAddress else { return }
        hk_log_mel_normalize(values, raw.count, maximum)
    }
}
