internal import Glibc
internal import JobStore
internal import Logging
internal import Pipelines
internal import Recognition

/// The folders of the configuration whose recordings become jobs.
///
/// A recording is read with the daemon's rights, so that only folders count that belong to its own user and that nobody
/// else can put files into.
struct JobWatch: Sendable {
    private let settings: DaemonConfiguration.Jobs
    private let store: JobStore
    private let logger: Logger

    /// How long a folder that cannot be watched is left alone.
    private static let pause = Duration.seconds(60)

    init(_ settings: DaemonConfiguration.Jobs, store: JobStore, logger: Logger) {
        self.settings = settings
        self.store = store
        self.logger = logger
    }

    /// Watches until the task is cancelled.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for path in settings.watched { group.addTask { try await watch(path) } }
            try await group.waitForAll()
        }
    }

    private func watch(_ path: String) async throws {
        var lastProblem: String?
        while true {
            do {
                let folder = try WatchedFolder(path, store: store, owner: getuid(), request: request)
                try Self.verify(folder.path)
                logger.info("a folder is watched")
                lastProblem = nil
                try await folder.run()
            } catch {
                try Task.checkCancellation()
                let problem = WireFailure(error).text
                if problem != lastProblem {
                    logger.warning("a folder is not watched", metadata: ["error": "\(problem)"])
                }
                lastProblem = problem
            }
            try await Task.sleep(for: Self.pause, tolerance: .seconds(5))
        }
    }

    /// - Throws: ``DaemonError/Code/forbidden``.
    static func verify(_ path: String) throws(DaemonError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw DaemonError(.forbidden, "\(path) of jobs.watch is no folder")
        }
        guard status.st_uid == getuid(), status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw DaemonError(
                .forbidden,
                "\(path) of jobs.watch must belong to user \(getuid()), and nobody else may be able to write to it")
        }
    }

    private var request: @Sendable (String) -> JobRequest {
        let formats = settings.formats.compactMap { TranscriptFormat(rawValue: $0) }
        let (model, output) = (settings.model, settings.output)
        return { path in
            let own = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
            return JobRequest(
                path: path, model: model, output: TranscriptFiles(folder: output ?? own, formats: formats))
        }
    }
}
