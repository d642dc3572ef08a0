public import AudioCore
import Glibc

/// Decodes through an installed `ffmpeg` as a child process.
public struct FFmpegDecoder: AudioFileDecoder {
    /// The program, or nil where none was found.
    public let executable: String?

    /// Demuxers that ffmpeg may use: containers of sound. Left out are those that read other files (concat, HLS, image
    /// sequences) and those that see sound, or terminal graphics, in anything.
    static let demuxers = [
        "mov", "matroska", "webm", "avi", "asf", "flv", "mpeg", "mpegts", "mpegvideo", "aac", "ac3", "eac3", "amr",
        "amrnb", "amrwb", "wv", "ape", "tta", "tak", "mpc", "mpc8", "dts", "truehd", "mlp", "loas", "rm", "dsf",
        "mp3", "ogg", "flac", "wav", "w64", "aiff", "au", "caf", "gxf", "mxf", "oma", "3gp", "voc", "sox",
    ]

    /// - Parameter executable: the program to start; by default the first `ffmpeg` on `PATH`.
    public init(executable: String? = FFmpegDecoder.find()) {
        self.executable = executable
    }

    /// The first `ffmpeg` on a search path that may be executed.
    ///
    /// - Parameter searchPath: absolute folders joined by colons; by default `PATH`.
    public static func find(in searchPath: String? = nil) -> String? {
        let path = searchPath ?? getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        // A relative folder would let the current folder's owner choose the program.
        return path.split(separator: ":").lazy
            .filter { $0.hasPrefix("/") }
            .map { "\($0)/ffmpeg" }
            .first { access($0, X_OK) == 0 }
    }

    /// - Throws: ``AudioError/Code/ffmpegMissing``, or ``AudioError/Code/ffmpegFailed`` with what ffmpeg said.
    public func open(_ file: AudioFileHandle) throws(AudioError) -> any AudioReader {
        guard let executable else {
            let kind = FFmpegContainer(firstBytes: file.bytes(count: FFmpegContainer.bytesNeeded))
            let what = kind.map { "\(file.name) is \($0.rawValue), and reading it" } ?? "Reading \(file.name)"
            throw AudioError(
                .ffmpegMissing,
                "\(what) needs ffmpeg, which is not installed. Install it (Debian, Ubuntu: apt install ffmpeg), "
                    + "or convert the file to WAV, FLAC, Ogg or MP3.")
        }
        let child = try ChildProcess(
            executable: executable, arguments: Self.arguments, inheriting: file.descriptor)
        return try FFmpegReader(child, file: file)
    }

    /// The file is named by its descriptor, so that its path is never parsed; it can still be sought in, which an MP4
    /// with its index at the end needs. AU is the one output with a header that needs no seeking back: the rate and the
    /// channels arrive before the samples, and downmixing and resampling stay ours.
    static let arguments = [
        "-nostdin", "-hide_banner", "-v", "error", "-threads", "1",
        "-protocol_whitelist", "file", "-format_whitelist", demuxers.joined(separator: ","),
        "-i", "file:/proc/self/fd/\(ChildProcess.inheritedDescriptor)",
        "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
        "-c:a", "pcm_f32be", "-f", "au", "pipe:1",
    ]
}
