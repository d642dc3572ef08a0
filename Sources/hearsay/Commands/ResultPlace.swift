import Glibc
import Recognition
import WeightFiles

/// Where finished transcripts go: standard output, or files in a folder.
struct ResultPlace: Sendable {
    private let directory: String?
    private let formats: [TranscriptFormat]
    private let subtitles: SubtitleOptions

    /// Makes the folder and looks at the names of all results, so that a wrong one is known before hours of work.
    init(_ arguments: OutputArguments, files: [String]) throws {
        directory = arguments.outputDir
        formats = arguments.formats
        subtitles = arguments.subtitles
        guard let directory else { return }
        try Self.makeDirectory(directory)
        for file in files {
            for format in formats { try AtomicFile.verifyWritable(path(directory, file, format)) }
        }
    }

    private func path(_ directory: String, _ file: String, _ format: TranscriptFormat) -> String {
        "\(directory)/\(OutputName.file(stem: OutputName.stem(of: file), format, among: formats))"
    }

    /// Writes the transcript of `file` in every format. Plain text on standard output has been printed by then, segment
    /// by segment. A format that cannot be written does not keep the others from being; the first failure is thrown then.
    func store(_ transcript: Transcript, of file: String) throws {
        guard let directory else {
            guard let format = formats.first, format != .txt else { return }
            let text = TranscriptWriter(format, subtitles: subtitles)(transcript)
            return try StandardStream.output.write(text.hasSuffix("\n") ? text : text + "\n")
        }
        var failure: WeightFileError?
        for format in formats {
            do throws(WeightFileError) {
                let target = try AtomicFile(path: path(directory, file, format))
                try target.write(Array(TranscriptWriter(format, subtitles: subtitles)(transcript).utf8))
                try target.commit()
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
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
