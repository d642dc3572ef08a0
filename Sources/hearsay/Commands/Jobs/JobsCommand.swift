public import ArgumentParser
import Glibc
import JobStore
import Pipelines
import Recognition

/// `hearsay jobs`: recordings that are transcribed one after another, and survive every interruption.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Transcribe recordings in a queue that survives crashes and power loss.",
        discussion: """
            Every finished stretch of a recording, of about 30 seconds, is stored before the next one begins. What was \
            interrupted goes on there and ends in the same text.
            """,
        subcommands: [
            JobsAddCommand.self, JobsListCommand.self, JobsShowCommand.self, JobsWatchCommand.self,
            JobsCancelCommand.self, JobsRetryCommand.self, JobsResultCommand.self, JobsRemoveCommand.self,
            JobsRunCommand.self,
        ],
        defaultSubcommand: JobsListCommand.self)
}

/// Which store a command works on.
struct JobStoreArguments: ParsableArguments {
    @Flag(help: "Work on the stored jobs in this process; the daemon must not be running.")
    var local = false

    @Option(
        help: ArgumentHelp(
            "Folder of the stored jobs (default: $XDG_STATE_HOME/hearsay, or ~/.local/state/hearsay).",
            valueName: "folder"), completion: .directory)
    var stateDir: String?

    var folder: String {
        get throws {
            if let stateDir { return stateDir + "/jobs" }
            if let state = getenv("XDG_STATE_HOME").map({ String(cString: $0) }), state.hasPrefix("/") {
                return state + "/hearsay/jobs"
            }
            guard let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/") else {
                throw Failure(.usage, code: "jobs.no_folder", "HOME is not set; name a folder with --state-dir")
            }
            return home + "/.local/state/hearsay/jobs"
        }
    }

    /// The store, for changing it.
    func open(_ options: JobStore.Options = JobStore.Options()) throws -> JobStore {
        // Without it, a limit on file sizes ends the program rather than fail a write.
        signal(SIGXFSZ, SIG_IGN)
        return try JobStore(folder: folder, options: options)
    }

    /// The store, for working through it: a disk that is too full to open it is waited for.
    func openPatiently(_ options: JobStore.Options, quiet: Bool) throws -> JobStore {
        signal(SIGXFSZ, SIG_IGN)
        var isWaiting = false
        let store = try JobStore.open(folder: folder, options: options) { reason in
            if !isWaiting, !quiet { Message.note("the queue waits: \(reason.message)") }
            isWaiting = true
        }
        if isWaiting, !quiet { Message.note("the queue goes on") }
        return store
    }

    /// The store, for looking at it; nil if there is none yet.
    func reader() throws -> JobReader? {
        try JobReader(folder: folder)
    }

    /// The reader, where the command names a job that must be in it.
    func reader(for id: Int64) throws -> JobReader {
        guard let reader = try reader() else {
            throw Failure(
                .usage, code: JobStoreError.Code.unknown.rawValue, "there is no job \(id): none was added yet")
        }
        return reader
    }
}

/// Numbers of jobs on the command line.
struct JobNumbers: ParsableArguments {
    @Argument(help: ArgumentHelp("Numbers of jobs, as 'hearsay jobs list' shows them.", valueName: "id"))
    var ids: [Int64]

    /// Does something with each job; one failing stops nothing and is thrown at the end.
    func forEach(_ body: (Int64) throws -> Void) throws {
        var failure: Failure?
        for id in ids {
            do {
                try body(id)
            } catch {
                if ids.count == 1 { throw error }
                failure = Failure(error)
                Message.error(Failure(error))
            }
        }
        if let failure { throw failure }
    }
}

/// `hearsay jobs cancel`
struct JobsCancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End jobs; what is transcribed of them stays readable.")

    @OptionGroup var numbers: JobNumbers
    @OptionGroup var place: JobStoreArguments

    func run() throws {
        let desk = JobDesk(place)
        try numbers.forEach { try desk.cancel($0) }
    }
}

/// `hearsay jobs retry`
struct JobsRetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Put failed or cancelled jobs into the queue again; they go on where they were."
    )

    @OptionGroup var numbers: JobNumbers
    @OptionGroup var place: JobStoreArguments

    func run() throws {
        let desk = JobDesk(place)
        try numbers.forEach { try desk.retry($0) }
    }
}

/// `hearsay jobs rm`
struct JobsRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove jobs and their stored transcripts; result files stay.")

    @OptionGroup var numbers: JobNumbers
    @OptionGroup var place: JobStoreArguments

    func run() throws {
        let desk = JobDesk(place)
        try numbers.forEach { try desk.remove($0) }
    }
}

/// `hearsay jobs result`
struct JobsResultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "result", abstract: "Print a job's transcript, or what there is of it so far.")

    @Argument(help: ArgumentHelp("Number of the job.", valueName: "id"))
    var id: Int64

    @Option(
        name: [.customShort("f"), .long], help: "txt, srt, vtt, tsv, json or verbose_json.",
        completion: .list(TranscriptFormat.allCases.map(\.rawValue)))
    var format = TranscriptFormat.txt

    @OptionGroup var place: JobStoreArguments

    func run() throws {
        let desk = JobDesk(place)
        // As its result files have them.
        let job = try desk.job(id)
        try desk.transcript(id).print(format, job.request.output?.subtitles ?? SubtitleOptions())
        guard job.state == .failed, let reason = job.reason else { return }
        throw Failure(.failure, code: reason.code, "job \(id) has failed, and this is all there is: \(reason.message)")
    }
}

extension TranscriptFormat: ExpressibleByArgument {}
