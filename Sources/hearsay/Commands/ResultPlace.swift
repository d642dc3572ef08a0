import Pipelines
import Recognition

/// Where finished transcripts go: standard output, or files in a folder.
struct ResultPlace: Sendable {
    private let files: TranscriptFiles?
    private let format: TranscriptFormat?
    private let subtitles: SubtitleOptions

    /// Makes the folder and looks at the names of all results, so that a wrong one is known before hours of work.
    init(_ arguments: OutputArguments, files recordings: [String]) throws {
        files = arguments.files
        format = arguments.formats.first
        subtitles = arguments.subtitles
        try files?.prepare(for: recordings)
    }

    /// Writes the transcript of `file`. Plain text on standard output has been printed by then, segment by segment.
    func store(_ transcript: Transcript, of file: String) throws {
        if let files { return try files.write(transcript, of: file) }
        guard let format, format != .txt else { return }
        try transcript.print(format, subtitles)
    }
}

extension Transcript {
    /// Writes the transcript to standard output.
    func print(_ format: TranscriptFormat, _ subtitles: SubtitleOptions) throws {
        let text = TranscriptWriter(format, subtitles: subtitles)(self)
        try StandardStream.output.write(text.isEmpty || text.hasSuffix("\n") ? text : text + "\n")
    }
}
