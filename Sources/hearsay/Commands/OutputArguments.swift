import ArgumentParser
import Pipelines
import Recognition

/// In which forms the results are written, and where to.
struct OutputArguments: ParsableArguments {
    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp(
            "txt, srt, vtt, tsv, json, verbose_json, several of them separated by commas, or all.",
            discussion: "Without it: txt on standard output, all with --output-dir.", valueName: "formats"),
        completion: .list(["txt", "srt", "vtt", "tsv", "json", "verbose_json", "all"]))
    var format: FormatList?

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Folder for the results, one file for each recording and format; made if missing.", valueName: "folder"),
        completion: .directory)
    var outputDir: String?

    @Option(help: "With word timestamps: most characters in a line of subtitles.")
    var maxLineWidth: Int?

    @Option(help: "With word timestamps: most lines of a subtitle; needs --max-line-width.")
    var maxLineCount: Int?

    @Option(help: "With word timestamps: most words in a line of subtitles; not with --max-line-width.")
    var maxWordsPerLine: Int?

    @Flag(help: "With word timestamps: underline each word in srt and vtt while it is spoken.")
    var highlightWords = false

    /// The formats asked for, in the order given.
    var formats: [TranscriptFormat] {
        format?.formats ?? (outputDir == nil ? [.txt] : FormatList.all)
    }

    var subtitles: SubtitleOptions {
        SubtitleOptions(
            maxLineWidth: maxLineWidth, maxLineCount: maxLineCount, maxWordsPerLine: maxWordsPerLine,
            highlightsWords: highlightWords)
    }

    /// The files to write; nil for standard output.
    var files: TranscriptFiles? {
        outputDir.map { TranscriptFiles(folder: $0, formats: formats, subtitles: subtitles) }
    }

    /// The reference refuses or warns about the same combinations.
    func validate(wordTimestamps: Bool, files: [String]) throws {
        let needsWords: [(String, Bool)] = [
            ("--max-line-width", maxLineWidth != nil), ("--max-line-count", maxLineCount != nil),
            ("--max-words-per-line", maxWordsPerLine != nil), ("--highlight-words", highlightWords),
        ]
        for (name, isGiven) in needsWords where isGiven && !wordTimestamps {
            throw ValidationError("\(name) needs --word-timestamps")
        }
        for (name, value) in [
            ("--max-line-width", maxLineWidth), ("--max-line-count", maxLineCount),
            ("--max-words-per-line", maxWordsPerLine),
        ] {
            if let value, value < 1 { throw ValidationError("\(name) must be at least 1") }
        }
        if maxLineCount != nil, maxLineWidth == nil { throw ValidationError("--max-line-count needs --max-line-width") }
        if maxWordsPerLine != nil, maxLineWidth != nil {
            throw ValidationError("--max-words-per-line has no effect with --max-line-width: give one of them")
        }
        try validatePlaces(files)
    }

    private func validatePlaces(_ files: [String]) throws {
        guard outputDir != nil else {
            if formats.count > 1 { throw ValidationError("several formats need --output-dir") }
            if files.count > 1, formats != [.txt] {
                throw ValidationError(
                    "several files in \(formats[0].rawValue) need --output-dir; only txt can be printed in a row")
            }
            return
        }
        var seen: [String: String] = [:]
        for file in files {
            let stem = TranscriptFiles.stem(of: file)
            if let other = seen.updateValue(file, forKey: stem) {
                throw ValidationError(
                    "'\(other)' and '\(file)' would both be written to \(stem).*; transcribe them apart")
            }
        }
    }
}

/// Formats separated by commas, or `all`.
struct FormatList: ExpressibleByArgument {
    let formats: [TranscriptFormat]

    /// What `all` stands for: the reference's five.
    static let all: [TranscriptFormat] = [.txt, .vtt, .srt, .tsv, .json]

    init?(argument: String) {
        var formats: [TranscriptFormat] = []
        for name in argument.split(separator: ",") {
            if name == "all" {
                formats += Self.all
            } else if let format = TranscriptFormat(rawValue: String(name)) {
                formats.append(format)
            } else {
                return nil
            }
        }
        var seen: Set<TranscriptFormat> = []
        self.formats = formats.filter { seen.insert($0).inserted }
        if formats.isEmpty { return nil }
    }
}
