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
    /// What the files are called, without extension; nil for what the recording is called.
    public var name: String?

    public init(
        folder: String, formats: [TranscriptFormat], subtitles: SubtitleOptions = SubtitleOptions(),
        name: String? = nil
    ) {
        self.folder = folder
        self.formats = formats
        self.subtitles = subtitles
        self.name = name
    }

    /// What the files of `recording` may be called, the best first: `talk`; `talk.wav`, which tells it from `talk.mp3`;
    /// `talk.wav.2` and so on, which tell it from those of other folders.
    public static func names(of recording: String) -> some Sequence<String> {
        let whole = recording.split(separator: "/").last.map(String.init) ?? recording
        return (0...mostNames).lazy.map { number in
            switch number {
            case 0: stem(of: recording)
            case 1: whole
            default: "\(whole).\(number)"
            }
        }
    }

    private static let mostNames = 10_000

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

    /// Where the result of `recording` in `format` goes: `name.extension`; `name.verbose.json` where both JSON forms are
    /// written.
    public func path(_ recording: String, _ format: TranscriptFormat) -> String {
        let isSecondJSON = format == .verboseJSON && formats.contains(.json)
        return "\(folder)/\(name ?? Self.stem(of: recording)).\(isSecondJSON ? "verbose.json" : format.fileExtension)"
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
