/// How sound is recorded.
public struct CaptureOptions: Sendable, Equatable {
    /// The PCM's name in ALSA's configuration.
    public var device = "default"
    /// Hz to ask the device for; what it gives instead is resampled.
    public var deviceRate = 16_000
    /// Seconds of sound that the device hands over at a time: what is said is known so much later.
    public var latency = 0.01
    /// Seconds of sound that the device keeps while the recording thread is kept waiting.
    public var deviceBuffer = 0.2
    /// Seconds of sound kept while nobody reads; what comes after that is dropped and counted.
    public var keptSeconds = 30.0
    /// Decibels added to what the microphone gives.
    public var gain = 0.0
    /// Decibels that steady noise is lowered by, 0 … 60; 0 leaves it.
    public var noiseSuppression = 0.0
    /// Longest echo of the loudspeaker that is cancelled, in seconds; needs an ``EchoReference``.
    public var echoTail = 0.2
    /// Whether a device that is not there at the start is waited for, as one that goes away later always is.
    public var waitsForDevice = false

    public init(device: String = "default") {
        self.device = device
    }
}

/// What a recording is at.
public enum CaptureStatus: Sendable, Equatable {
    /// The device is being opened.
    case opening
    case listening
    /// The device is gone or will not open; it is tried again and again, with growing pauses.
    case waitingForDevice(reason: String)
    case stopped
}

/// How loud it is, full scale being 1.
public struct SoundLevel: Sendable, Equatable {
    /// Largest magnitude of late, falling slowly.
    public var peak: Float
    /// Root of the mean square, over about a tenth of a second.
    public var rms: Float

    public init(peak: Float, rms: Float) {
        self.peak = peak
        self.rms = rms
    }
}
