public import AudioCore

/// The way from a path to sound.
public enum AudioFile {
    /// Opens a file as a stream of decoded sound.
    ///
    /// WAV, FLAC, Ogg, Opus, MP3, AIFF, CAF, W64 and all else that libsndfile reads are decoded in this process;
    /// m4a, mp4, webm, mkv and other containers by an installed `ffmpeg`.
    ///
    /// - Parameters:
    ///   - path: a regular file; anything else (directory, FIFO, device) is refused.
    ///   - decoder: who decodes.
    ///   - maximumSeconds: the longest sound accepted, in seconds; reading past it throws
    ///     ``AudioError/Code/tooLong``. No limit by default: every reader streams, so length costs time, not memory.
    /// - Throws: an ``AudioError`` that names the file.
    public static func open(
        _ path: String, decoder: some AudioFileDecoder = SystemAudioDecoder(), maximumSeconds: Double? = nil
    ) throws(AudioError) -> any AudioReader {
        let reader = try decoder.open(AudioFileHandle(path: path))
        guard let maximumSeconds else { return reader }
        return DurationLimitedReader(reader, maximumSeconds: maximumSeconds)
    }
}
