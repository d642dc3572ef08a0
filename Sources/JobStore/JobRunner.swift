internal import AudioCore
public import AudioIO
public import Pipelines
internal import Recognition
internal import Tensors
public import VoiceActivity

/// How a job's work shares the machine with other work, on the thread that it runs on.
public struct JobTurn {
    /// Called when a window is done: others may go first.
    public var betweenWindows: () throws -> Void
    /// Runs something that only waits, during which others may go.
    public var whileWaiting: (() throws -> Void) throws -> Void

    public init(
        betweenWindows: @escaping () throws -> Void = {},
        whileWaiting: @escaping (() throws -> Void) throws -> Void = { try $0() }
    ) {
        self.betweenWindows = betweenWindows
        self.whileWaiting = whileWaiting
    }
}

/// Works off a store's queue, one job at a time.
public struct JobRunner: Sendable {
    /// A model for one job.
    public struct Model: Sendable {
        public var model: TranscriptionJob.Model
        /// Kept for as long as the job runs.
        public var lease: (any Sendable)?

        public init(_ model: TranscriptionJob.Model, lease: (any Sendable)? = nil) {
            self.model = model
            self.lease = lease
        }
    }

    /// How jobs are done.
    public struct Settings: Sendable {
        /// Opens the model that a request names, or the one that is used when none is named.
        public var model: @Sendable (String?) throws -> Model
        /// How an error is told to people and programs.
        public var reason: @Sendable (any Error) -> JobReason
        /// Opens what finds the parts with speech, for jobs that want no others.
        public var voiceActivity: @Sendable () throws -> VoiceActivityModel = { .energy }
        public var decoder: any AudioFileDecoder = SystemAudioDecoder()
        /// Threads that share out each operation; nil for one per processor.
        public var threads: Int?
        /// Runs a job's work on the calling thread, when it is its turn; by default at once.
        public var perform: @Sendable (Job, (JobTurn) throws -> Void) throws -> Void = { _, work in
            try work(JobTurn())
        }

        public init(
            model: @escaping @Sendable (String?) throws -> Model,
            reason: @escaping @Sendable (any Error) -> JobReason
        ) {
            self.model = model
            self.reason = reason
        }
    }

    private let store: JobStore
    private let settings: Settings

    public init(_ store: JobStore, _ settings: Settings) {
        self.store = store
        self.settings = settings
    }

    /// Works until the task is cancelled; the job that runs then is put back and goes on when the store is opened next.
    ///
    /// - Throws: `CancellationError`, or ``JobStoreError`` if the store itself fails.
    public func run() async throws {
        let changes = store.changes()
        try await runAll()
        for await _ in changes { try await runAll() }
        throw CancellationError()
    }

    /// Works until no job waits.
    ///
    /// - Throws: as ``run()``.
    public func runAll() async throws {
        while try await runNext() {}
    }

    /// Does the next job, unless a cancellation or one of a higher priority comes between.
    ///
    /// - Returns: false if none waits.
    /// - Throws: as ``run()``.
    public func runNext() async throws -> Bool {
        try Task.checkCancellation()
        let next = try await Self.onThread { [store] in try store.patiently { try store.claimNext() } }
        guard let claimed = next else { return false }
        let id = claimed.job.id
        let task = Task(executorPreference: ThreadPerJobExecutor()) { [self] in
            try settings.perform(claimed.job) { turn in
                let work = JobWork(store: store, claimed: claimed, decoder: settings.decoder, turn: turn)
                let request = claimed.job.request
                let model = try settings.model(request.model)
                let activity = request.skipsSilence ? try settings.voiceActivity() : nil
                try withExtendedLifetime(model.lease) {
                    try work.run(with: model.model, activity: activity, threads: settings.threads)
                }
            }
        }
        store.interrupts.withLock { $0[id] = { task.cancel() } }
        defer { store.interrupts.withLock { $0[id] = nil } }
        // Cancelled or removed before it could be interrupted.
        if try !store.isRunning(id) { task.cancel() }
        let outcome = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        try await Self.onThread { try settle(id, outcome) }
        return true
    }

    /// The store blocks, above all when its disk is full.
    private static func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let task = Task(executorPreference: ThreadPerJobExecutor()) { try body() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func settle(_ id: Int64, _ outcome: Result<Void, any Error>) throws {
        switch outcome {
        case .success: _ = try store.patiently { try store.removeExpired() }
        case .failure(let error):
            // Whatever broke while it was being stopped, it was stopped.
            guard try store.isRunning(id) else { return }
            if error is CancellationError || error is Displaced {
                // Where that cannot be stored, the next start of the program does it.
                try store.patiently(id) { try store.release(id) }
                return try Task.checkCancellation()
            }
            if let error = error as? JobStoreError, error.code == .failed { throw error }
            _ = try store.patiently(id) {
                try store.fail(id, settings.reason(error), mayPass: Self.mayPass(error))
            }
        }
    }

    /// Whether the next attempt may end otherwise, though nothing about the job has changed.
    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as AudioError:
            [.readFailed, .decoderCrashed, .decoderTimedOut].contains(error.code)
        case let error as RecognitionError: error.code == .resourceExhausted
        default: false
        }
    }
}

/// A job of a higher priority has come.
struct Displaced: Error {}
