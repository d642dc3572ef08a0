internal import AudioCore
internal import AudioIO

/// The open loudspeaker, and what it was given last, for when it turns out that not all of that was heard.
///
/// It belongs to the thread that plays.
final class Speaker {
    private let playback: ALSAPlayback
    private let rate: Int
    private var written = 0
    private var recent: [Float] = []

    /// Seconds of sound between whoever plays and the device, for when the machine is busy.
    private static let ahead = 0.5

    init(_ device: String, rate: Int, reference: EchoReference) throws(AudioError) {
        self.rate = rate
        playback = try ALSAPlayback(
            device: device, sampleRate: rate, aheadSeconds: Self.ahead, reference: reference)
    }

    deinit { playback.stop() }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        if recent.count > 2 * rate { recent.removeFirst(recent.count - rate) }
        recent += samples
        written += samples.count
        try playback.write(samples)
    }

    /// Returns when all has been heard.
    func finish() throws(AudioError) { try playback.finish() }

    /// Silence at once; the device is closed when this returns.
    ///
    /// - Returns: the samples that have not been heard.
    func stop() -> ArraySlice<Float> {
        let heard = Int(playback.secondsPlayed * Double(rate))
        playback.close()
        return recent.suffix(max(0, written - heard))
    }
}
