import ArgumentParser
import AudioIO
import Glibc
import JobStore
import ModelStore
import Pipelines
import Recognition
import Tensors

/// `hearsay jobs run`: works off the queue in this process.
struct JobsRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Work off the queue in this process, without the daemon.",
        discussion: """
            Ends when no job waits, unless folders are watched. May be interrupted in any way: the next run goes on at \
            the window at which this one ended.
            """)

    @Option(
        help: ArgumentHelp(
            "Add recordings that come to lie in this folder, and go on until interrupted; may be repeated.",
            valueName: "folder"), completion: .directory)
    var watch: [String] = []

    @Option(help: "Attempts at a window that crash before its job has failed.")
    var attempts = 3

    @Option(help: ArgumentHelp("Forget jobs that ended so many days ago.", valueName: "days"))
    var keep: Double?

    @Option(help: "Threads for the computation; as many as processors without it.")
    var threads: Int?

    @Flag(name: [.customShort("q"), .long], help: "Say nothing but errors.")
    var quiet = false

    @OptionGroup(title: "Of recordings in watched folders")
    var requests: WatchedRequests

    @OptionGroup var place: JobStoreArguments

    func validate() throws {
        guard attempts > 0 else { throw ValidationError("--attempts must be at least 1") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 … 1024") }
        if let keep, !(keep >= 0) { throw ValidationError("--keep must be 0 days or more") }
    }

    func run() async throws {
        let interruption = HearsayCommand.interruption
        let task = Task { try await work() }
        interruption.onRequest { task.cancel() }
        try await task.value
    }

    private func work() async throws {
        var options = JobStore.Options()
        options.attempts = attempts
        options.retention = keep.map { $0 * 86_400 }
        let store = try place.openPatiently(options, quiet: quiet)
        var settings = JobRunner.Settings(model: LocalModels().open) { error in
            let failure = Failure(error)
            return JobReason(code: failure.code, message: failure.message)
        }
        settings.threads = threads
        settings.decoder = ConfinedAudioDecoder()
        settings.voiceActivity = { try TranscriptionSession.voiceActivityModel() }
        let runner = JobRunner(store, settings)
        let report = Task { [quiet] in
            for await change in store.changes() where !quiet { Self.tell(change) }
        }
        defer { report.cancel() }
        guard !watch.isEmpty else { return try await runner.runAll() }
        let folders = try watch.map { try WatchedFolder($0, store: store, owner: geteuid(), request: requests.request) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for folder in folders { group.addTask { try await folder.run() } }
            group.addTask { try await runner.run() }
            try await group.waitForAll()
        }
    }

    private static func tell(_ change: JobChange) {
        switch change {
        case .job(let job) where job.state != .queued: Message.note(job.line)
        case .paused(let reason): Message.note(reason.map { "the queue waits: \($0.message)" } ?? "the queue goes on")
        default: break
        }
    }
}

/// Options for jobs that watched folders add.
struct WatchedRequests: ParsableArguments {
    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp("A model folder, a ggml file, or the name of an installed model.", valueName: "path|name"),
        completion: .file())
    var model: String?

    @Option(name: [.customShort("f"), .long], help: "Formats of the results, separated by commas, or all.")
    var format: FormatList?

    @Option(
        name: [.customShort("o"), .long], help: "Folder for the results; the watched folder itself without it.",
        completion: .directory)
    var outputDir: String?

    /// The request for a recording in a watched folder.
    var request: @Sendable (String) -> JobRequest {
        let model = model
        let formats = format?.formats ?? [.txt]
        let folder = outputDir.map(RecordingList.absolute)
        return { path in
            let own = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
            return JobRequest(
                path: path, model: model, output: TranscriptFiles(folder: folder ?? own, formats: formats))
        }
    }
}

/// The models that jobs name, the last one of which stays open for the next job.
private final class LocalModels: Sendable {
    private let last = Locked<WhisperModel?>(nil)

    @Sendable func open(_ name: String?) throws -> JobRunner.Model {
        let path = try ModelsCommand.library.resolve(name).path
        return try last.withLock { last in
            if let last, last.path == path { return JobRunner.Model(.opened(last)) }
            let model = try WhisperModel.open(path)
            last = model
            return JobRunner.Model(.opened(model))
        }
    }
}
