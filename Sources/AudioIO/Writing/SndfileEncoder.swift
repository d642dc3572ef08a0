import AudioCore
import CSndfile

/// An open handle of libsndfile that mono samples are written to.
struct SndfileEncoder: ~Copyable {
    /// What is written, for messages.
    private let name: String
    private var handle: OpaquePointer?
    /// Kept for as long as libsndfile may write to it.
    private let target: AnyObject

    /// - Parameters:
    ///   - format: as libsndfile counts them.
    ///   - target: what the handle writes to.
    ///   - open: opens it; nil where libsndfile cannot.
    ///   - refusal: the error for that, with libsndfile's reason.
    /// - Throws: what `refusal` makes.
    init(
        _ format: Int32, name: String, sampleRate: Int, to target: AnyObject, open: (inout SF_INFO) -> OpaquePointer?,
        refusal: (String) -> AudioError
    ) throws(AudioError) {
        self.name = name
        self.target = target
        var info = SF_INFO()
        info.samplerate = Int32(sampleRate)
        info.channels = 1
        info.format = format
        guard let handle = open(&info) else { throw refusal(String(cString: sf_strerror(nil))) }
        sf_command(handle, Int32(SFC_SET_CLIPPING), nil, 1)
        self.handle = handle
    }

    deinit {
        if let handle { sf_close(handle) }
    }

    /// Sets how long a page of Ogg may be; formats without pages take no notice.
    func setPageLatency(milliseconds: Double) {
        var latency = milliseconds
        sf_command(handle, Int32(SFC_SET_OGG_PAGE_LATENCY_MS), &latency, Int32(MemoryLayout<Double>.size))
    }

    /// Makes each frame of an MP3 as long as the others, before anything has been written; other formats take no notice.
    func setConstantBitRate() {
        // libsndfile takes the mode only together with a quality: the middle of its range, 80 kbit/s for 22.05 kHz.
        var (mode, quality) = (Int32(SF_BITRATE_MODE_CONSTANT), 0.5)
        sf_command(handle, Int32(SFC_SET_BITRATE_MODE), &mode, Int32(MemoryLayout<Int32>.size))
        sf_command(handle, Int32(SFC_SET_COMPRESSION_LEVEL), &quality, Int32(MemoryLayout<Double>.size))
    }

    /// Puts a comment into the header, before anything has been written.
    ///
    /// - Throws: ``AudioError/Code/writeFailed``.
    func setComment(_ text: String) throws(AudioError) {
        guard sf_set_string(handle, Int32(SF_STR_COMMENT), text) == 0 else {
            throw AudioError(
                .writeFailed, "\(name) cannot be given a comment: \(String(cString: sf_strerror(handle))).")
        }
    }

    /// - Throws: ``AudioError/Code/writeFailed``.
    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        guard let handle, !samples.isEmpty else { return }
        let count = sf_count_t(samples.count)
        guard sf_writef_float(handle, samples.baseAddress, count) == count else {
            throw AudioError(.writeFailed, "\(name) cannot be written: \(String(cString: sf_strerror(handle))).")
        }
    }

    /// Completes what was written; false if that has been done.
    ///
    /// - Throws: ``AudioError/Code/writeFailed``.
    mutating func finish() throws(AudioError) -> Bool {
        guard let handle = handle.take() else { return false }
        let problem = sf_close(handle)
        guard problem == 0 else {
            throw AudioError(
                .writeFailed, "\(name) cannot be completed: \(String(cString: sf_error_number(problem))).")
        }
        return true
    }
}
