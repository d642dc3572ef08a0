public import AudioCore
import Glibc
import Synchronization

/// A microphone: a thread of its own records, whoever wants the sound reads it as mono at 16 kHz.
///
/// Between the two lies a ring, so that nothing is lost while the reader is busy; when it is full, the newest is dropped
/// and counted. A device that overruns, sleeps or goes away is brought back, and ``status`` says so. The microphone is
/// open from `init` until ``stop()``, or until this object is gone.
// @unchecked Sendable because the state is made for sharing, and everything else belongs to the one thread that reads.
public final class AudioCapture: @unchecked Sendable {
    /// Hz of the samples that are read.
    public static let sampleRate = 16_000

    private let state: CaptureState
    private let intake: CaptureIntake

    /// Opens the device and begins to record.
    ///
    /// - Parameters:
    ///   - reference: what the loudspeaker plays, to be left out; nil for no echo cancellation.
    /// - Throws: ``AudioError/Code/deviceUnavailable``, ``AudioError/Code/cleaningUnavailable``.
    public convenience init(_ options: CaptureOptions = CaptureOptions(), reference: EchoReference? = nil)
        throws(AudioError)
    {
        try PCMDevice.loadLibrary()
        try self.init(options, reference: reference, patience: CaptureThread.Patience()) { () throws(AudioError) in
            try PCMDevice(
                .capture, options.device, rate: options.deviceRate,
                bufferSeconds: max(0.01, min(options.deviceBuffer, 2)),
                periodSeconds: max(0.001, min(options.latency, 0.5)))
        }
    }

    /// Records from whatever `open` opens.
    init(
        _ options: CaptureOptions, reference: EchoReference?, patience: CaptureThread.Patience,
        open: @escaping @Sendable () throws(AudioError) -> PCMDevice
    ) throws(AudioError) {
        var device: PCMDevice?
        var rate = options.deviceRate
        do throws(AudioError) {
            let opened = try open()
            rate = opened.configuration.rate
            device = consume opened
        } catch {
            guard options.waitsForDevice else { throw error }
        }
        state = CaptureState(seconds: options.keptSeconds, rate: rate, reference: reference)
        intake = try CaptureIntake(state, options)
        setGain(decibels: options.gain)
        let thread = CaptureThread(device.take(), state: state, patience: patience, open: open)
        try AudioThread.start(thread, name: "hearsay-capture")
    }

    deinit {
        stop()
    }

    /// Closes the microphone; what has been recorded can still be read. Any thread may call this.
    public func stop() {
        state.isStopping.store(true, ordering: .releasing)
        state.control.signal()
    }

    /// What the recording is at.
    public var status: CaptureStatus {
        switch state.phase {
        case .opening: .opening
        case .listening: .listening
        case .waiting: .waitingForDevice(reason: PCMDevice.words(state.lastProblem))
        case .stopped: .stopped
        }
    }

    /// How loud it is, after the gain.
    public var level: SoundLevel { state.level }
    /// Samples, at the device's rate, that were dropped because nobody read for too long.
    public var droppedSamples: Int { state.dropped.load(ordering: .relaxed) }
    /// How often the device was read too late; each time a moment of sound is lost.
    public var overruns: Int { state.overruns.load(ordering: .relaxed) }
    /// How often the device went away.
    public var losses: Int { state.losses.load(ordering: .relaxed) }
    /// Hz of the device.
    public var deviceRate: Int { state.rate.load(ordering: .relaxed) }

    /// Seconds of sound that wait to be read.
    public var secondsWaiting: Double { Double(state.heard.count) / Double(max(1, deviceRate)) }

    /// Changes the gain; any thread may call this.
    public func setGain(decibels: Double) {
        let bounded = max(-60, min(decibels, 60))
        state.gain.store(Float(pow(10, bounded / 20)).bitPattern, ordering: .relaxed)
    }

    /// Reads mono samples at 16 kHz, full scale being ±1, waiting for the first of them if there are none.
    ///
    /// - Parameter timeout: longest wait in milliseconds.
    /// - Returns: samples read; 0 when none came in time, or when the recording has been stopped and read to its end.
    /// - Throws: ``AudioError/Code/resampleFailed``.
    public func read(
        into samples: UnsafeMutableBufferPointer<Float>, timeout: Int = 100
    ) throws(AudioError) -> Int {
        while true {
            let isLast = state.phase == .stopped
            let count = try intake.read(into: samples)
            if count > 0 || isLast || samples.isEmpty { return count }
            // The signal may be one that an earlier read has already seen the samples of.
            guard state.news.waitForAll(milliseconds: timeout) || state.heard.count > 0 else { return 0 }
        }
    }

    /// Whether everything has been read after ``stop()``.
    public var hasEnded: Bool { state.phase == .stopped && state.heard.count == 0 }
}
