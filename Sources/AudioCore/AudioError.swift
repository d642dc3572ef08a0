/// What went wrong with sound: where it comes from, what it is, or what was done to it.
public struct AudioError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for a kind of failure; unknown codes survive a round trip through text.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The path cannot name a file (it is empty or holds a NUL byte).
        public static let pathInvalid = Code(rawValue: "audio.path_invalid")
        /// The operating system refused to open the file.
        public static let openFailed = Code(rawValue: "audio.open_failed")
        /// A directory, FIFO, socket or device where a regular file is needed.
        public static let notRegularFile = Code(rawValue: "audio.not_regular_file")
        /// Neither libsndfile nor ffmpeg knows what the bytes are.
        public static let formatUnrecognised = Code(rawValue: "audio.format_unrecognised")
        /// The format is known, but its header or its data contradict themselves.
        public static let formatDamaged = Code(rawValue: "audio.format_damaged")
        /// A sample rate outside ``AudioFormat/supportedSampleRates``.
        public static let rateUnsupported = Code(rawValue: "audio.rate_unsupported")
        /// A channel count outside ``AudioFormat/supportedChannels``.
        public static let channelsUnsupported = Code(rawValue: "audio.channels_unsupported")
        /// More decoded sound than the caller allowed.
        public static let tooLong = Code(rawValue: "audio.too_long")
        /// The operating system failed to read on.
        public static let readFailed = Code(rawValue: "audio.read_failed")
        /// The resampler refused its rates or its data.
        public static let resampleFailed = Code(rawValue: "audio.resample_failed")
        /// The format needs `ffmpeg`, and none is installed.
        public static let ffmpegMissing = Code(rawValue: "audio.ffmpeg_missing")
        /// `ffmpeg` could not be started, or ended with an error before the first sample.
        public static let ffmpegFailed = Code(rawValue: "audio.ffmpeg_failed")
        /// The process that decoded the file crashed, as hostile files make decoders do.
        public static let decoderCrashed = Code(rawValue: "audio.decoder_crashed")
        /// The process that decoded the file gave no answer in time.
        public static let decoderTimedOut = Code(rawValue: "audio.decoder_timed_out")
        /// The task that reads was cancelled.
        public static let cancelled = Code(rawValue: "audio.cancelled")
    }

    public let code: Code
    /// What was tried on what, and what to do about it.
    public let message: String
    /// The error below this one, where there was one.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        "\(message) [\(code.rawValue)]"
    }
}
