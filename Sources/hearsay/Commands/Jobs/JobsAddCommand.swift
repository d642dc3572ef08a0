import ArgumentParser
import Foundation
import Glibc
import JobStore
import Pipelines
import Recognition

/// `hearsay jobs add`
struct JobsAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put recordings into the queue.",
        discussion: """
            Prints the number of each new job. Folders stand for the recordings in them and below; patterns such as \
            'talks/*.flac' may be quoted.
            """)

    @Argument(
        help: ArgumentHelp("Recordings, folders of recordings, or patterns.", valueName: "file"), completion: .file())
    var files: [String]

    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp("A model folder, a ggml file, or the name of an installed model.", valueName: "path|name"),
        completion: .file())
    var model: String?

    @Option(parsing: .unconditional, help: "Jobs of a higher priority go first.")
    var priority = 0

    @OptionGroup(title: "Recognition")
    var decoding: DecodingArguments

    @Flag(help: "Transcribe only the parts where somebody speaks; silence and noise are passed over.")
    var vad = false

    @OptionGroup(title: "Results")
    var output: OutputArguments

    @OptionGroup var place: JobStoreArguments

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("name at least one recording, folder or pattern") }
        if output.format != nil, output.outputDir == nil {
            throw ValidationError(
                "--format needs --output-dir; 'hearsay jobs result' prints what is stored in any format")
        }
        try output.validate(wordTimestamps: decoding.wordTimestamps, files: [])
    }

    func run() throws {
        let paths = try RecordingList(files).paths
        var output = output.files
        if let folder = output?.folder { output?.folder = RecordingList.absolute(folder) }
        try output?.prepare(for: paths)
        let desk = JobDesk(place)
        for path in paths {
            let request = JobRequest(
                path: path, model: model.map(modelArgument), options: decoding.options, skipsSilence: vad,
                output: output, priority: priority)
            let job = try desk.add(request)
            try StandardStream.output.write("\(job.id)\t\(path.onOneLine)\n")
        }
    }

    /// A path means the same from everywhere; a name is looked up when the job runs.
    private func modelArgument(_ argument: String) -> String {
        argument.contains("/") || access(argument, F_OK) == 0 ? RecordingList.absolute(argument) : argument
    }
}

/// The recordings that arguments stand for.
struct RecordingList {
    let paths: [String]

    /// - Throws: ``Failure`` where an argument stands for nothing.
    init(_ arguments: [String]) throws {
        var paths: [String] = []
        for argument in arguments {
            let found = try Self.expand(argument)
            guard !found.isEmpty else {
                throw Failure(.audio, code: "audio.open_failed", "there is no recording '\(argument)'")
            }
            paths += found
        }
        var seen: Set<String> = []
        self.paths = paths.filter { seen.insert($0).inserted }
    }

    private static func expand(_ argument: String) throws -> [String] {
        var status = stat()
        if stat(argument, &status) == 0 {
            return status.st_mode & S_IFMT == S_IFDIR ? recordings(below: argument) : [absolute(argument)]
        }
        return matches(of: argument).flatMap { match in
            stat(match, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
                ? recordings(below: match) : [absolute(match)]
        }
    }

    private static func recordings(below folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)
        var paths: [String] = []
        while let name = names?.nextObject() as? String {
            guard WatchedFolder.isRecording(name) else { continue }
            paths.append(absolute("\(folder)/\(name)"))
        }
        return paths.sorted()
    }

    private static func matches(of pattern: String) -> [String] {
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, GLOB_TILDE, nil, &result) == 0 else { return [] }
        return (0..<Int(result.gl_pathc)).compactMap { result.gl_pathv[$0].map { String(cString: $0) } }
    }

    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        return "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
