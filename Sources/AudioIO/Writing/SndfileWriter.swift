import AudioCore
import CSndfile
import Glibc

/// Writes a mono file through libsndfile.
final class SndfileWriter: SampleTarget {
    let sampleRate: Int
    private let file: PartFile
    private let path: String
    private let format: AudioFileWriter.FileFormat
    private var handle: OpaquePointer?
    private var bytesWritten = 0

    /// WAV counts its bytes in 32 bits.
    private static let longestWAV = Int(UInt32.max) - 4_096

    /// - Throws: ``AudioError/Code/writeFailed``.
    init(path: String, format: AudioFileWriter.FileFormat, sampleRate: Int) throws(AudioError) {
        self.path = path
        self.format = format
        self.sampleRate = sampleRate
        file = try PartFile(path: path)
        var info = SF_INFO()
        info.samplerate = Int32(sampleRate)
        info.channels = 1
        info.format =
            switch format {
            case .wav: Int32(SF_FORMAT_WAV | SF_FORMAT_PCM_16)
            case .flac: Int32(SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
            case .opus: Int32(SF_FORMAT_OGG | SF_FORMAT_OPUS)
            }
        guard let handle = sf_open_fd(file.descriptor, Int32(SFM_WRITE), &info, 0) else {
            throw AudioError(
                .writeFailed, "\(path.debugDescription) cannot be begun: \(String(cString: sf_strerror(nil))).")
        }
        sf_command(handle, Int32(SFC_SET_CLIPPING), nil, 1)
        self.handle = handle
    }

    deinit {
        if let handle { sf_close(handle) }
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        guard let handle, !samples.isEmpty else { return }
        bytesWritten += 2 * samples.count
        guard format != .wav || bytesWritten <= Self.longestWAV else {
            throw AudioError(
                .writeFailed, "\(path.debugDescription) would exceed the 4 GiB that a WAV file can hold; write FLAC.")
        }
        guard sf_writef_float(handle, samples.baseAddress, sf_count_t(samples.count)) == sf_count_t(samples.count)
        else {
            throw AudioError(
                .writeFailed, "\(path.debugDescription) cannot be written: \(String(cString: sf_strerror(handle))).")
        }
    }

    func finish() throws(AudioError) {
        guard let handle else { return }
        self.handle = nil
        let problem = sf_close(handle)
        guard problem == 0 else {
            throw AudioError(
                .writeFailed,
                "\(path.debugDescription) cannot be completed: \(String(cString: sf_error_number(problem))).")
        }
        try file.finish()
    }
}
