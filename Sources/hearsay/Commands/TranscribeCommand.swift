public import ArgumentParser
public import AudioIO
import ModelStore
import Pipelines
import Recognition

/// `hearsay transcribe`: recordings to text.
struct TranscribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcribe",
        abstract: "Turn recordings into text.",
        discussion: """
            The text of one recording goes to standard output as it is recognised; several recordings are printed one \
            after another, each below a line with its name. With --output-dir each result becomes a file instead.
            """)

    @Argument(
        help: ArgumentHelp("Recordings; '-' reads raw samples from standard input.", valueName: "file"),
        completion: .file())
    var files: [String]

    @Flag(help: "Work in this process, even if hearsayd runs.")
    var local = false

    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp(
            "A model folder, a ggml file, or the name of an installed model. Without it: the only model that you "
                + "installed, else the one that came with hearsay.",
            valueName: "path|name"), completion: .file())
    var model: String?

    @OptionGroup(title: "Recognition")
    var decoding: DecodingArguments

    @Flag(help: "Transcribe only the parts where somebody speaks; silence and noise are passed over.")
    var vad = false

    @OptionGroup(title: "Results")
    var output: OutputArguments

    @OptionGroup(title: "Samples from standard input")
    var samples: SampleArguments

    @Option(help: "Threads for the computation; as many as processors without it.")
    var threads: Int?

    @Flag(name: [.customShort("q"), .long], help: "No progress bar, no remarks; errors only.")
    var quiet = false

    @Flag(help: "No progress bar.")
    var noProgress = false

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("name at least one recording, or '-' for standard input") }
        guard files.filter({ $0 == "-" }).count <= 1 else { throw ValidationError("'-' can stand only once") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 … 1024") }
        try output.validate(wordTimestamps: decoding.wordTimestamps, files: files)
        try samples.validate(readsStandardInput: files.contains("-"))
    }

    func run() async throws {
        let interruption = HearsayCommand.interruption
        let session = TranscriptionSession(command: self)
        let task = Task { try await session.run() }
        interruption.onRequest { task.cancel() }
        try await task.value
    }
}

/// What raw samples on standard input are.
struct SampleArguments: ParsableArguments {
    @Option(help: "Samples per second and channel (default: 16000).")
    var rate: Int?

    @Option(help: "Channels, interleaved (default: 1).")
    var channels: Int?

    @Option(help: "How a sample is stored (default: s16le).")
    var encoding: PCMEncoding?

    func validate(readsStandardInput: Bool) throws {
        let isGiven = rate != nil || channels != nil || encoding != nil
        if isGiven, !readsStandardInput {
            throw ValidationError("--rate, --channels and --encoding are for '-' only: files say it themselves")
        }
    }

    var source: TranscriptionJob.Source {
        .rawPCM(fileDescriptor: 0, rate: rate ?? 16_000, channels: channels ?? 1, encoding: encoding ?? .s16le)
    }
}

extension PCMEncoding: ExpressibleByArgument {}
