public import AudioCore
import Glibc
import Synchronization

/// Mono sound to an ALSA device: whoever has samples writes them, a thread of its own plays them.
///
/// Between the two lies a ring of bounded length, so that sound is computed ahead of what is heard, but not without
/// end. When nothing has been written for longer than the device's buffer lasts, the device falls silent and goes on
/// with the next samples; ``underruns`` counts how often.
// @unchecked Sendable because everything that both threads touch is atomic, a semaphore or the ring; the resampler and
// its buffers belong to the one thread that writes.
public final class ALSAPlayback: @unchecked Sendable {
    /// Hz of the samples that are written.
    public let sampleRate: Int
    private let resampler: Resampler?
    private var resampled: [Float]
    private let thread: PlaybackThread
    private var isFinished = false

    /// Opens the device and gets ready; nothing sounds before the first samples.
    ///
    /// - Parameters:
    ///   - device: the PCM's name in ALSA's configuration.
    ///   - sampleRate: Hz of the samples to come; another rate of the device's is resampled to.
    ///   - bufferSeconds: sound between the playing thread and the loudspeaker: short starts and stops sooner.
    ///   - aheadSeconds: most sound between the writer and the playing thread.
    ///   - reference: hears what is played, so that an ``AudioCapture`` can leave it out of what it hears.
    /// - Throws: ``AudioError/Code/deviceUnavailable``, ``AudioError/Code/rateUnsupported`` or
    ///   ``AudioError/Code/resampleFailed``.
    public init(
        device: String = "default", sampleRate: Int, bufferSeconds: Double = 0.06, aheadSeconds: Double = 20,
        reference: EchoReference? = nil
    ) throws(AudioError) {
        self.sampleRate = try AudioFormat(sampleRate: sampleRate, channels: 1).sampleRate
        let pcm = try PCMDevice(.playback, device, rate: sampleRate, bufferSeconds: bufferSeconds)
        let rate = pcm.configuration.rate
        resampler = rate == sampleRate ? nil : try Resampler(from: sampleRate, to: rate)
        resampled = resampler == nil ? [] : [Float](repeating: 0, count: 4_096)
        thread = try PlaybackThread(
            pcm, capacity: Int(max(0.1, min(aheadSeconds, 600)) * Double(rate)), reference: reference)
    }

    deinit {
        thread.stop()
    }

    /// How often the device ran dry between two writes.
    public var underruns: Int { thread.underruns.load(ordering: .relaxed) }

    /// Seconds of sound that have left the loudspeaker, as well as the device knows.
    public var secondsPlayed: Double { thread.secondsPlayed }

    /// Hands samples over, waiting while too much is ahead already.
    ///
    /// - Throws: ``AudioError/Code/playbackFailed`` once the device has failed, and ``AudioError/Code/cancelled`` when
    ///   the task was cancelled or ``stop()`` was called.
    public func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        guard let resampler else { return try push(samples) }
        var rest = samples
        while !rest.isEmpty {
            let (step, part) = try resample(rest, with: resampler)
            rest = UnsafeBufferPointer(rebasing: rest[step...])
            try pushResampled(part)
        }
    }

    /// Waits until everything written has been heard. Nothing can be written afterwards.
    ///
    /// - Throws: as ``write(_:)`` does.
    public func finish() throws(AudioError) {
        guard !isFinished else { return }
        isFinished = true
        if let resampler {
            while true {
                let count = try resampled.withUnsafeMutableBufferPointer { buffer throws(AudioError) in
                    try resampler.finish(into: buffer)
                }
                if count == 0 { break }
                try pushResampled(count)
            }
        }
        thread.finish()
        while !thread.hasEnded {
            try check()
            thread.room.waitForAll(milliseconds: 20)
        }
        try check()
    }

    /// Silence at once; what has not been heard is lost. Any thread may call this.
    public func stop() {
        thread.stop()
    }

    /// As ``stop()``, and returns when the device is closed: another may open it then.
    public func close() {
        thread.stop()
        while !thread.hasEnded { usleep(1_000) }
    }

    private func resample(
        _ input: UnsafeBufferPointer<Float>, with resampler: Resampler
    ) throws(AudioError) -> (consumed: Int, produced: Int) {
        try resampled.withUnsafeMutableBufferPointer { buffer throws(AudioError) in
            try resampler.process(input, into: buffer)
        }
    }

    private func pushResampled(_ count: Int) throws(AudioError) {
        try resampled.withUnsafeBufferPointer { buffer throws(AudioError) in
            try push(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private func push(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        var rest = samples
        while true {
            try check()
            let written = thread.ring.write(rest)
            if written > 0 { thread.samples.signal() }
            guard written < rest.count else { return }
            rest = UnsafeBufferPointer(rebasing: rest[written...])
            thread.room.waitForAll(milliseconds: 100)
        }
    }

    private func check() throws(AudioError) {
        if let problem = thread.failure {
            throw AudioError(.playbackFailed, "The audio device stopped playing: \(PCMDevice.words(problem)).")
        }
        guard !Task.isCancelled, !thread.isStopped else {
            thread.stop()
            throw AudioError(.cancelled, "Playing was cancelled.")
        }
    }
}

extension AudioError.Code {
    /// There is no such audio device, it is in use, or it takes no format that can be given to it.
    public static let deviceUnavailable = Self(rawValue: "audio.device_unavailable")
    /// An audio device failed while it played.
    public static let playbackFailed = Self(rawValue: "audio.playback_failed")
}
