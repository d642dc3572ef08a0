public import AudioCore

/// Turns an open file into a stream of sound: the one door between untrusted files and the rest, small enough to be
/// hosted in another process that owns nothing but the descriptor.
public protocol AudioFileDecoder: Sendable {
    /// Reads the header and gives the decoded stream, positioned at its first frame.
    ///
    /// - Throws: an ``AudioError`` that names the file and says what is wrong with it.
    func open(_ file: AudioFileHandle) throws(AudioError) -> any AudioReader
}

/// Decodes with what is on this machine: libsndfile, and an installed `ffmpeg` for what libsndfile does not read.
public struct SystemAudioDecoder: AudioFileDecoder {
    private let ffmpeg: FFmpegDecoder

    public init(ffmpeg: FFmpegDecoder = FFmpegDecoder()) {
        self.ffmpeg = ffmpeg
    }

    public func open(_ file: AudioFileHandle) throws(AudioError) -> any AudioReader {
        try open(file) { file throws(AudioError) in try SndfileReader.open(file) }
    }

    /// - Parameter sndfile: opens what libsndfile reads.
    func open(
        _ file: AudioFileHandle, sndfile: (AudioFileHandle) throws(AudioError) -> any AudioReader
    ) throws(AudioError) -> any AudioReader {
        if FFmpegContainer(firstBytes: file.bytes(count: FFmpegContainer.bytesNeeded)) != nil {
            return try ffmpeg.open(file)
        }
        do {
            return try sndfile(file)
        } catch  where error.code == .formatUnrecognised {
            return try openUnrecognised(file, error)
        }
    }

    /// What has no signature we know may still be sound to ffmpeg; where it is not, or ffmpeg is missing, the file is
    /// the problem and not ffmpeg.
    private func openUnrecognised(
        _ file: AudioFileHandle, _ refusal: AudioError
    ) throws(AudioError) -> any AudioReader {
        do {
            return try ffmpeg.open(file)
        } catch  where error.code == .ffmpegMissing {
            throw AudioError(
                .formatUnrecognised,
                refusal.message + " With ffmpeg installed, more formats can be read.", cause: refusal)
        } catch  where error.code == .ffmpegFailed {
            throw AudioError(
                .formatUnrecognised, "\(file.name) is not audio that libsndfile or ffmpeg can read", cause: error)
        }
    }
}
