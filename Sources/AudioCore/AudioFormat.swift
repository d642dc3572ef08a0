/// How fast and how wide a stream of interleaved samples is; a value that exists lies within the supported limits.
public struct AudioFormat: Sendable, Equatable {
    /// Rates accepted from any source, in Hz. Headers may claim anything up to 2³¹ − 1, and libsndfile believes them;
    /// what lies outside of these bounds is a damaged header or not sound, and would only cost time in the resampler.
    public static let supportedSampleRates = 4_000...384_000
    /// Channel counts accepted from any source; a block's size is a multiple of this number.
    public static let supportedChannels = 1...64

    /// Frames per second, in Hz.
    public let sampleRate: Int
    /// Samples per frame.
    public let channels: Int

    /// - Throws: ``AudioError/Code/rateUnsupported`` or ``AudioError/Code/channelsUnsupported``.
    public init(sampleRate: Int, channels: Int) throws(AudioError) {
        guard Self.supportedSampleRates.contains(sampleRate) else {
            let supported = Self.supportedSampleRates
            throw AudioError(
                .rateUnsupported,
                "A sample rate of \(sampleRate) Hz is not supported: "
                    + "it must lie between \(supported.lowerBound) and \(supported.upperBound) Hz.")
        }
        guard Self.supportedChannels.contains(channels) else {
            let supported = Self.supportedChannels
            throw AudioError(
                .channelsUnsupported,
                "\(channels) channels are not supported: "
                    + "there must be between \(supported.lowerBound) and \(supported.upperBound).")
        }
        self.sampleRate = sampleRate
        self.channels = channels
    }
}
