import AudioCore
import CALSA

/// An open ALSA device, set up for mono sound near a wanted rate, either way.
///
/// It works in non-blocking mode: what a device does not take at once is offered again after ``wait(milliseconds:)``,
/// so that whoever writes can be stopped in between. It belongs to one thread at a time.
struct PCMDevice: ~Copyable {
    /// Which way the sound goes.
    enum Direction {
        case playback, capture

        fileprivate var stream: snd_pcm_stream_t {
            self == .playback ? SND_PCM_STREAM_PLAYBACK : SND_PCM_STREAM_CAPTURE
        }
    }

    /// What the device agreed to.
    struct Configuration: Equatable {
        var format: PCMFormat
        var channels: Int
        /// Hz.
        var rate: Int
        /// Frames.
        var period: Int
        /// Frames.
        var buffer: Int
    }

    let configuration: Configuration
    private let handle: OpaquePointer
    private let calls: PCMCalls

    /// Opens and sets up the PCM of that name (as ALSA's configuration knows it, such as `default` or `hw:0`).
    ///
    /// - Parameters:
    ///   - rate: wanted Hz; the device may take another.
    ///   - bufferSeconds: how much sound the device holds at most.
    ///   - periodSeconds: how much sound it hands over at a time; nil for a fifth of the buffer.
    /// - Throws: ``AudioError/Code/deviceUnavailable``.
    init(
        _ direction: Direction, _ name: String, rate: Int, bufferSeconds: Double, periodSeconds: Double? = nil
    ) throws(AudioError) {
        try Self.loadLibrary()
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw AudioError(.deviceUnavailable, "\(name.debugDescription) cannot be the name of an audio device.")
        }
        var opened: OpaquePointer?
        // Without SND_PCM_NONBLOCK, opening a device that another program holds would wait for that program.
        let problem = hearsay_snd_pcm_open(&opened, name, direction.stream, SND_PCM_NONBLOCK)
        guard problem >= 0, let handle = opened else {
            throw AudioError(
                .deviceUnavailable,
                "Could not open the audio device \(name.debugDescription): \(Self.words(problem)). "
                    + "Name another with --device (`hearsay devices` lists them)"
                    + (direction == .playback ? ", or write to a file with -o." : "."))
        }
        do throws(AudioError) {
            configuration = try Self.configure(
                handle, direction, name, rate, (bufferSeconds, periodSeconds ?? bufferSeconds / 5))
        } catch {
            hearsay_snd_pcm_close(handle)
            throw error
        }
        self.handle = handle
        calls = .alsa
    }

    /// A device that is open already and answers by these functions.
    init(_ handle: OpaquePointer, configuration: Configuration, calls: PCMCalls) {
        self.handle = handle
        self.configuration = configuration
        self.calls = calls
    }

    deinit {
        _ = calls.close(handle)
    }

    // MARK: Recording

    /// Frames read, or ALSA's negative error number: −EAGAIN when there are none yet.
    @inline(__always)
    func read(into frames: UnsafeMutableRawPointer, count: Int) -> Int {
        calls.readi(handle, frames, snd_pcm_uframes_t(count))
    }

    /// Starts recording, which otherwise begins with the first read.
    @inline(__always)
    func startRecording() -> Int32 { calls.start(handle) }

    /// Makes the device ready again after an overrun.
    @inline(__always)
    func prepare() -> Int32 { calls.prepare(handle) }

    /// Wakes the device up after the machine slept; −EAGAIN when it has to be asked again.
    @inline(__always)
    func resume() -> Int32 { calls.resume(handle) }

    // MARK: Playing

    /// What became of frames that were offered.
    enum Outcome {
        /// Frames taken.
        case written(Int)
        /// The device takes nothing yet.
        case busy
        /// The device had run out of sound and was set up again; offer the frames once more.
        case recovered
        /// The device is gone, with ALSA's error number.
        case failed(Int32)
    }

    /// Offers interleaved frames in the agreed format.
    func write(_ frames: UnsafeRawPointer, count: Int) -> Outcome {
        let written = hearsay_snd_pcm_writei(handle, frames, snd_pcm_uframes_t(count))
        if written >= 0 { return .written(written) }
        let problem = Int32(truncatingIfNeeded: written)
        if problem == -EAGAIN { return .busy }
        let recovered = hearsay_snd_pcm_recover(handle, problem, 1)
        // A suspended device says EAGAIN until it has woken up.
        return recovered == 0 || recovered == -EAGAIN ? .recovered : .failed(problem)
    }

    /// Waits until the device takes or has frames, at most so long.
    ///
    /// - Returns: 1, 0 when the time has passed, or ALSA's negative error number.
    @inline(__always)
    @discardableResult
    func wait(milliseconds: Int32) -> Int32 {
        calls.wait(handle, milliseconds)
    }

    /// Starts what has been written though it may be less than the device would wait for.
    func start() {
        if hearsay_snd_pcm_state(handle) == SND_PCM_STATE_PREPARED { hearsay_snd_pcm_start(handle) }
    }

    /// Whether sound that was written is still on its way out.
    var isSounding: Bool {
        guard hearsay_snd_pcm_state(handle) == SND_PCM_STATE_RUNNING else { return false }
        let available = hearsay_snd_pcm_avail_update(handle)
        return available >= 0 && available < configuration.buffer
    }

    /// Frames between what has been written and what can be heard.
    var delay: Int {
        var frames: snd_pcm_sframes_t = 0
        return hearsay_snd_pcm_delay(handle, &frames) == 0 ? max(0, frames) : 0
    }

    /// Waits until everything written has been heard.
    func drain() {
        hearsay_snd_pcm_nonblock(handle, 0)
        hearsay_snd_pcm_drain(handle)
    }

    /// Stops at once; what has not been heard is lost.
    func drop() {
        _ = calls.drop(handle)
    }

    // MARK: Setting up

    static func loadLibrary() throws(AudioError) {
        var message = [CChar](repeating: 0, count: 256)
        guard hearsay_alsa_load(&message, message.count) == 0 else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw AudioError(
                .deviceUnavailable,
                "Sound can neither be played nor recorded because ALSA's library is missing (\(reason)). "
                    + "Install libasound2; speech can be written to a file with -o.")
        }
    }

    static func words(_ problem: Int32) -> String {
        // Whoever asks may not have opened a device, nor the library.
        guard (try? loadLibrary()) != nil, let words = hearsay_snd_strerror(problem) else { return "error \(problem)" }
        return String(cString: words)
    }

    private static func configure(
        _ handle: OpaquePointer, _ direction: Direction, _ name: String, _ rate: Int,
        _ seconds: (buffer: Double, period: Double)
    ) throws(AudioError) -> Configuration {
        // libsoxr converts rates better than ALSA does, so a device is first asked for a rate that is really its own.
        for resampling: UInt32 in [0, 1] {
            for format in PCMFormat.allCases {
                let configuration = negotiate(handle, format, rate, seconds, resampling: resampling)
                if let configuration, setThresholds(handle, direction, configuration) { return configuration }
            }
        }
        throw AudioError(
            .deviceUnavailable,
            "The audio device \(name.debugDescription) has no format that is understood here "
                + "(interleaved 16-bit, 24-bit, 32-bit or float samples). Name another with --device, for instance "
                + "\("plug:\(name)".debugDescription).")
    }

    /// Sets the hardware parameters; nil where the device refuses one that cannot be done without.
    private static func negotiate(
        _ handle: OpaquePointer, _ format: PCMFormat, _ wantedRate: Int, _ seconds: (buffer: Double, period: Double),
        resampling: UInt32
    ) -> Configuration? {
        var allocated: OpaquePointer?
        guard hearsay_snd_pcm_hw_params_malloc(&allocated) == 0, let params = allocated else { return nil }
        defer { hearsay_snd_pcm_hw_params_free(params) }
        var channels: UInt32 = 1
        var rate = UInt32(clamping: wantedRate)
        var bufferTime = UInt32(seconds.buffer * 1e6)
        var periodTime = UInt32(seconds.period * 1e6)
        guard hearsay_snd_pcm_hw_params_any(handle, params) >= 0,
            hearsay_snd_pcm_hw_params_set_rate_resample(handle, params, resampling) == 0,
            hearsay_snd_pcm_hw_params_set_access(handle, params, SND_PCM_ACCESS_RW_INTERLEAVED) == 0,
            hearsay_snd_pcm_hw_params_set_format(handle, params, format.alsa) == 0,
            hearsay_snd_pcm_hw_params_set_channels_near(handle, params, &channels) == 0,
            hearsay_snd_pcm_hw_params_set_rate_near(handle, params, &rate, nil) == 0,
            AudioFormat.supportedChannels.contains(Int(channels)), AudioFormat.supportedSampleRates.contains(Int(rate))
        else { return nil }
        // A device with one fixed buffer may refuse; its sizes are read back below.
        hearsay_snd_pcm_hw_params_set_buffer_time_near(handle, params, &bufferTime, nil)
        hearsay_snd_pcm_hw_params_set_period_time_near(handle, params, &periodTime, nil)
        var buffer: snd_pcm_uframes_t = 0
        var period: snd_pcm_uframes_t = 0
        guard hearsay_snd_pcm_hw_params(handle, params) == 0,
            hearsay_snd_pcm_hw_params_get_buffer_size(params, &buffer) == 0,
            hearsay_snd_pcm_hw_params_get_period_size(params, &period, nil) == 0, period > 0, buffer >= period
        else { return nil }
        return Configuration(
            format: format, channels: Int(channels), rate: Int(rate), period: Int(clamping: period),
            buffer: Int(clamping: buffer))
    }

    /// Playback starts with its second period: with the first it would run dry while the second is on its way.
    private static func setThresholds(
        _ handle: OpaquePointer, _ direction: Direction, _ configuration: Configuration
    ) -> Bool {
        var allocated: OpaquePointer?
        guard hearsay_snd_pcm_sw_params_malloc(&allocated) == 0, let params = allocated else { return false }
        defer { hearsay_snd_pcm_sw_params_free(params) }
        let start = direction == .capture ? 1 : min(2 * configuration.period, configuration.buffer)
        return hearsay_snd_pcm_sw_params_current(handle, params) == 0
            && hearsay_snd_pcm_sw_params_set_start_threshold(handle, params, snd_pcm_uframes_t(start)) == 0
            && hearsay_snd_pcm_sw_params_set_avail_min(handle, params, snd_pcm_uframes_t(configuration.period)) == 0
            && hearsay_snd_pcm_sw_params(handle, params) == 0
            && hearsay_snd_pcm_prepare(handle) == 0
    }
}
