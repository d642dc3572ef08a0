internal import AudioIO
internal import Glibc
internal import JobStore
internal import Logging
internal import Pipelines
public import ServiceLifecycle
internal import Tensors

/// Works off stored jobs whenever nothing more urgent is to be done; see ``JobRequests`` for what clients may ask.
public final class JobService: Service {
    private let foundations: Daemon.Foundations
    /// The store, or why it is not open yet: a full disk may delay that.
    private let opened = Locked(Result<JobStore, JobStoreError>.failure(.notOpened))

    init(_ foundations: Daemon.Foundations) {
        self.foundations = foundations
        // Before anybody can ask for it; what fails here is tried again while the rest serves.
        _ = openStore()
    }

    private func openStore() -> Result<JobStore, JobStoreError> {
        let result = Result { () throws(JobStoreError) in try Self.openStore(foundations) }
        opened.withLock { $0 = result }
        return result
    }

    private static func openStore(_ foundations: Daemon.Foundations) throws(JobStoreError) -> JobStore {
        try JobStore(
            folder: foundations.stateDirectory + "/jobs", options: options(foundations.configuration.jobs))
    }

    private static func options(_ settings: DaemonConfiguration.Jobs) -> JobStore.Options {
        var options = JobStore.Options()
        options.attempts = settings.attempts
        options.retention = settings.keepDays > 0 ? Double(settings.keepDays) * 86_400 : nil
        return options
    }

    /// Puts new settings in force, but for the folders that are watched.
    func apply(_ settings: DaemonConfiguration.Jobs) {
        // One that opens later takes them from the configuration.
        if let store = try? store { store.options = Self.options(settings) }
    }

    /// The service and the requests about jobs, as a part of the daemon.
    public static func part(_ foundations: Daemon.Foundations) -> Daemon.Part {
        let service = JobService(foundations)
        return Daemon.Part(services: [service], handlers: [JobRequests(service)])
    }

    /// - Throws: why the store is not open.
    var store: JobStore {
        get throws(JobStoreError) { try opened.withLock { $0 }.get() }
    }

    /// Works until the daemon is told to stop; the job that runs then goes on at its next start.
    public func run() async throws {
        // Without it, a limit on file sizes ends the daemon rather than fail a write.
        signal(SIGXFSZ, SIG_IGN)
        do {
            try await cancelWhenGracefulShutdown { [self] in
                let store = try await open()
                let watch = JobWatch(foundations.configuration.jobs, store: store, logger: foundations.logger)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { [self] in try await JobRunner(store, settings(store)).run() }
                    group.addTask { try await watch.run() }
                    group.addTask { [logger = foundations.logger] in await Self.logPauses(of: store, logger) }
                    try await group.waitForAll()
                }
            }
        } catch is CancellationError {
            foundations.logger.info("jobs are put aside until the next start")
        }
        opened.withLock { $0 = .failure(.notOpened) }
    }

    /// Tells of the queue what concerns the whole of it. Ends when cancelled.
    private static func logPauses(of store: JobStore, _ logger: Logger) async {
        for await case .paused(let reason) in store.changes() {
            if let reason {
                logger.warning("the queue waits", metadata: ["code": "\(reason.code)"])
            } else {
                logger.notice("the queue goes on")
            }
        }
    }

    /// Opens the store, again and again if it must be: the rest of the daemon serves without it.
    private func open() async throws -> JobStore {
        if let store = try? store { return store }
        var pause = 1
        var lastCode: JobStoreError.Code?
        while true {
            switch openStore() {
            case .success(let store):
                if lastCode != nil { foundations.logger.notice("jobs could be opened") }
                return store
            case .failure(let error):
                if error.code != lastCode {
                    foundations.logger.error("jobs cannot be opened", metadata: ["error": "\(error)"])
                }
                lastCode = error.code
            }
            try await Task.sleep(for: .seconds(pause))
            pause = min(pause * 2, 4)
        }
    }

    private func settings(_ store: JobStore) -> JobRunner.Settings {
        let (host, scheduler, logger) = (foundations.host, foundations.scheduler, foundations.logger)
        var settings = JobRunner.Settings { name in
            let loan = try host.recognizer(name)
            return JobRunner.Model(.opened(loan.value), lease: loan)
        } reason: { error in
            let failure = WireFailure(error)
            logger.warning("a job failed", metadata: ["code": "\(failure.code)"])
            return JobReason(code: failure.code, message: failure.text)
        }
        settings.decoder = ConfinedAudioDecoder()
        settings.voiceActivity = { [model = foundations.voiceActivity] in model }
        settings.threads = host.threads
        settings.perform = { job, work in
            try Self.whenFree {
                try scheduler.perform(.fileJob, user: job.owner) { turn in
                    let began = ContinuousClock.now
                    defer { Self.count(job, in: store, since: began) }
                    try work(
                        JobTurn(
                            betweenWindows: { try turn.yield(atBoundary: true) }, whileWaiting: { try turn.rest($0) }))
                }
            }
        }
        return settings
    }

    /// Counts what was transcribed since the job was claimed, whether it is done or goes on later.
    private static func count(_ claimed: Job, in store: JobStore, since began: ContinuousClock.Instant) {
        guard let job = try? store.job(claimed.id) else { return }
        Statistics.countHeard(seconds: max(0, job.seconds - claimed.seconds), in: .now - began)
    }

    /// Tries again where too many wait for a turn already: jobs have time.
    private static func whenFree(_ body: () throws -> Void) throws {
        while true {
            do {
                return try body()
            } catch let error as DaemonError where error.code == .busy {
                try Task.checkCancellation()
                usleep(500_000)
            }
        }
    }
}

extension JobStoreError {
    fileprivate static let notOpened = JobStoreError(
        .failed, "The stored jobs are not open; the daemon starts or stops.")
}
