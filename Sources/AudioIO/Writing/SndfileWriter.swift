import AudioCore
import CSndfile
import Glibc
import Watermark

/// Writes a mono file through libsndfile.
final class SndfileWriter: SampleTarget {
    let sampleRate: Int
    private let file: PartFile
    private let path: String
    private let format: AudioFileWriter.FileFormat
    private var encoder: SndfileEncoder
    private var bytesWritten = 0
    private let provenance: FileProvenance?

    /// WAV counts its bytes in 32 bits.
    private static let longestWAV = Int(UInt32.max) - 4_096

    /// - Throws: ``AudioError/Code/writeFailed``.
    init(
        path: String, format: AudioFileWriter.FileFormat, sampleRate: Int, provenance: FileProvenance?
    ) throws(AudioError) {
        self.path = path
        self.provenance = provenance
        self.format = format
        self.sampleRate = sampleRate
        let file = try PartFile(path: path)
        self.file = file
        let encoding =
            switch format {
            case .wav: SF_FORMAT_WAV | SF_FORMAT_PCM_16
            case .flac: SF_FORMAT_FLAC | SF_FORMAT_PCM_16
            case .opus: SF_FORMAT_OGG | SF_FORMAT_OPUS
            }
        encoder = try SndfileEncoder(Int32(encoding), name: path.debugDescription, sampleRate: sampleRate, to: file) {
            info in
            sf_open_fd(file.descriptor, Int32(SFM_WRITE), &info, 0)
        } refusal: {
            AudioError(.writeFailed, "\(path.debugDescription) cannot be begun: \($0).")
        }
        if let provenance { try encoder.setComment(provenance.placeholder.text) }
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        bytesWritten += 2 * samples.count
        guard format != .wav || bytesWritten <= Self.longestWAV else {
            throw AudioError(
                .writeFailed, "\(path.debugDescription) would exceed the 4 GiB that a WAV file can hold; write FLAC.")
        }
        try encoder.write(samples)
    }

    func finish() throws(AudioError) {
        guard try encoder.finish() else { return }
        try provenance?.sign(file.descriptor, path: path)
        try file.finish()
    }
}
