import Glibc
public import Recognition
import WeightFiles

/// Result files of transcripts: which forms, and where they go.
public struct TranscriptFiles: Sendable, Equatable, Codable {
    /// The folder, made if it is missing.
    public var folder: String
    /// At least one, each once.
    public var formats: [TranscriptFormat]
    public var subtitles: SubtitleOptions

    public init(folder: String, formats: [TranscriptFormat], subtitles: SubtitleOptions = SubtitleOptions()) {
        self.folder = folder
        self.formats = formats
        self.subtitles = subtitles
    }

    /// Makes the folder and looks at the names of all results, so that a wrong one is known before hours of work.
    ///
    /// - Throws: ``PipelineError/Code/folderUnusable``, `WeightFileError` for a name that no file can have.
    public func prepare(for recordings: [String]) throws {
        try makeFolder()
        for recording in recordings {
            for format in formats { try AtomicFile.verifyWritable(path(recording, format)) }
        }
    }

    /// Writes the transcript of `recording` in every format, each file whole or not at all. A format that cannot be
    /// written does not keep the others from being; the first failure is thrown then.
    public func write(_ transcript: Transcript, of recording: String) throws {
        try makeFolder()
        var failure: WeightFileError?
        for format in formats {
            do throws(WeightFileError) {
                let target = try AtomicFile(path: path(recording, format))
                try target.write(Array(TranscriptWriter(format, subtitles: subtitles)(transcript).utf8))
                try target.commit()
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// Where the result of `recording` in `format` goes: `stem.extension`; `stem.verbose.json` where both JSON forms are
    /// written.
    public func path(_ recording: String, _ format: TranscriptFormat) -> String {
        let isSecondJSON = format == .verboseJSON && formats.contains(.json)
        return "\(folder)/\(Self.stem(of: recording)).\(isSecondJSON ? "verbose.json" : format.fileExtension)"
    }

    /// The recording's name without folder and extension, as the reference names its results.
    public static func stem(of path: String) -> String {
        if path == "-" { return "stdin" }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }

    private func makeFolder() throws(PipelineError) {
        var prefix = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            prefix += "/\(part)"
            guard mkdir(prefix, 0o777) == 0 || errno == EEXIST else { throw failure("make the folder") }
        }
        guard access(folder, W_OK | X_OK) == 0 else { throw failure("write to the folder") }
    }

    private func failure(_ action: String) -> PipelineError {
        PipelineError(.folderUnusable, "could not \(action) '\(folder)': \(String(cString: strerror(errno)))")
    }
}
