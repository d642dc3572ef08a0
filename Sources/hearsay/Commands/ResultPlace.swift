import Glibc
import Recognition
import WeightFiles

/// Where finished transcripts go: standard output, or files in a folder.
struct ResultPlace: Sendable {
    private let directory: String?
    private let formats: [TranscriptFormat]
    private let subtitles: SubtitleOptions

    /// Makes the folder, so that a wrong path is known before hours of work.
    init(_ arguments: OutputArguments) throws(Failure) {
        directory = arguments.outputDir
        formats = arguments.formats
        subtitles = arguments.subtitles
        if let directory { try Self.makeDirectory(directory) }
    }

    /// Writes the transcript of `file` in every format. Plain text on standard output has been printed by then, segment
    /// by segment.
    func store(_ transcript: Transcript, of file: String) throws {
        guard let directory else {
            guard let format = formats.first, format != .txt else { return }
            let text = TranscriptWriter(format, subtitles: subtitles)(transcript)
            return try StandardStream.output.write(text.hasSuffix("\n") ? text : text + "\n")
        }
        for format in formats {
            let name = OutputName.file(stem: OutputName.stem(of: file), format, among: formats)
            let target = try AtomicFile(path: "\(directory)/\(name)")
            try target.write(Array(TranscriptWriter(format, subtitles: subtitles)(transcript).utf8))
            try target.commit()
        }
    }

    private static func makeDirectory(_ path: String) throws(Failure) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/\(part)"
            guard mkdir(prefix, 0o777) == 0 || errno == EEXIST else { throw failure("make the folder", path) }
        }
        guard access(path, W_OK | X_OK) == 0 else { throw failure("write to the folder", path) }
    }

    private static func failure(_ action: String, _ path: String) -> Failure {
        Failure(
            .output, code: "output.folder_unusable",
            "could not \(action) '\(path)': \(String(cString: strerror(errno)))")
    }
}
