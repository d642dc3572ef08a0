internal import AudioCore
internal import Glibc
internal import Pipelines
internal import Synchronization
internal import Tensors

/// Decides who may compute: dictation before reading aloud before requests before file jobs, and users of one priority
/// in turn.
///
/// Work runs on threads of its own, never on Swift's shared ones. It holds a turn while it computes, lets more urgent
/// work go first between two tokens, windows or pieces of sound (``Turn/yield(atBoundary:)``), and gives its turn up
/// while it waits for anything outside, such as a slow reader (``Turn/rest(_:)``).
public final class Scheduler: Sendable {
    /// How urgent work is.
    public enum Priority: Int, Sendable, Comparable, CaseIterable {
        /// Nobody waits for it: stored jobs.
        case fileJob
        /// Somebody waits for the answer: recordings that were sent.
        case request
        /// Somebody listens.
        case readAloud
        /// Somebody speaks.
        case dictation

        /// As status and metrics call it.
        package var name: String {
            switch self {
            case .fileJob: "file_job"
            case .request: "request"
            case .readAloud: "read_aloud"
            case .dictation: "dictation"
            }
        }

        public static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
    }

    /// Who works and who waits.
    public struct Status: Sendable, Equatable {
        /// Works that hold a turn, by priority.
        public var running: [Priority: Int] = [:]
        /// Works that wait for one, by priority.
        public var waiting: [Priority: Int] = [:]
        /// Turns given so far.
        public var turns: UInt64 = 0
        /// Steps of all works so far: a number that moves while anything is done.
        public var steps: UInt64 = 0
        /// What the threads of the works that hold a turn have computed since they began to live.
        public var processorTime = Duration.zero
    }

    private let state: Locked<SchedulerState>

    /// - Parameters:
    ///   - slots: works that compute at the same time. Each already uses every processor, so more than one only makes
    ///     each slower.
    ///   - mostWaiting: works that may wait for their first turn; more are refused.
    public init(slots: Int = 1, mostWaiting: Int = 256) {
        state = Locked(SchedulerState(slots: max(1, slots), mostWaiting: mostWaiting))
    }

    public var status: Status { state.withLock { $0.status } }

    /// Changes how many works may wait for their first turn; those that do, do so still.
    func setMostWaiting(_ count: Int) { state.withLock { $0.mostWaiting = count } }

    /// Runs `work` on a thread of its own as soon as it is its turn.
    ///
    /// `Task.isCancelled` is true inside when the surrounding task was cancelled, and ``Tensors/Checkpoint`` yields.
    ///
    /// - Parameter user: whose work it is; users of one priority take turns, however much each of them asks for.
    /// - Throws: ``DaemonError/Code/busy``, `CancellationError`, or what `work` throws.
    public func run<Result: Sendable>(
        _ priority: Priority, user: UInt32, _ work: @escaping @Sendable (Turn) throws -> Result
    ) async throws -> Result {
        let turn = Turn(self, priority: priority, user: user)
        let task = Task(executorPreference: ThreadPerJobExecutor()) { try self.perform(with: turn, work) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
            turn.wake()
        }
    }

    /// Runs `work` on the calling thread, which must not be one of Swift's shared ones, when it is its turn.
    ///
    /// - Throws: as ``run(_:user:_:)`` does.
    public func perform<Result>(
        _ priority: Priority, user: UInt32, _ work: (Turn) throws -> Result
    ) throws -> Result {
        try perform(with: Turn(self, priority: priority, user: user), work)
    }

    private func perform<Result>(with turn: Turn, _ work: (Turn) throws -> Result) throws -> Result {
        try turn.begin()
        defer {
            turn.end()
            FreedMemory.giveBackSoon()
        }
        return try Checkpoint.$handler.withValue(Checkpoint.Handler { turn.pass() }) { try work(turn) }
    }

    /// Waits until `turn` is given; false when its task is cancelled first.
    fileprivate func acquire(_ turn: Turn, isFirst: Bool) throws -> Bool {
        let next: [Turn] = try state.withLock { state in
            try state.enqueue(turn, isFirst: isFirst)
            return state.grant()
        }
        for turn in next { turn.granted.signal() }
        while true {
            turn.granted.wait()
            switch state.withLock({ $0.position(of: turn) }) {
            case .running: return true
            case .waiting where Task.isCancelled:
                // Taken back under the lock: either it was given in this moment, or it never will be.
                if state.withLock({ $0.withdraw(turn) }) { return false }
            case .waiting, .absent: continue
            }
        }
    }

    fileprivate func release(_ turn: Turn) {
        let next = state.withLock { state in
            state.release(turn)
            return state.grant()
        }
        for turn in next { turn.granted.signal() }
    }

    fileprivate func isWanted(of holder: Turn, atBoundary: Bool) -> Bool {
        state.withLock { $0.step(of: holder, atBoundary: atBoundary) }
    }
}

/// One work's right to compute. It belongs to the thread that works.
public final class Turn: Sendable {
    public let priority: Scheduler.Priority
    public let user: UInt32
    private let scheduler: Scheduler
    /// Signalled when the turn is given, and when its task is cancelled.
    fileprivate let granted = Semaphore()
    /// The processor clock of the thread that works; 0, another clock's number, before it is known.
    private let clock = Atomic<clockid_t>(0)

    fileprivate init(_ scheduler: Scheduler, priority: Scheduler.Priority, user: UInt32) {
        self.scheduler = scheduler
        self.priority = priority
        self.user = user
    }

    fileprivate func wake() { granted.signal() }

    /// What the thread that works has computed; zero when it is gone.
    var processorTime: Duration {
        var time = timespec()
        let clock = clock.load(ordering: .acquiring)
        guard clock != 0, clock_gettime(clock, &time) == 0 else { return .zero }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    fileprivate func begin() throws {
        var own = clockid_t()
        if pthread_getcpuclockid(pthread_self(), &own) == 0 { clock.store(own, ordering: .releasing) }
        guard try scheduler.acquire(self, isFirst: true) else { throw CancellationError() }
    }

    fileprivate func end() { scheduler.release(self) }

    /// Lets more urgent work go first and returns when it is this work's turn again.
    ///
    /// - Parameter atBoundary: a piece that others can wait for is done (a window, some sound): work of the same priority
    ///   takes its turn, too.
    /// - Throws: `CancellationError`.
    public func yield(atBoundary: Bool = false) throws {
        try Task.checkCancellation()
        guard scheduler.isWanted(of: self, atBoundary: atBoundary) else { return }
        scheduler.release(self)
        try resume()
    }

    /// Gives the turn up during `body`, which waits for something outside, and takes it again.
    ///
    /// - Throws: what `body` throws, and `CancellationError`.
    public func rest<Result>(_ body: () throws -> Result) throws -> Result {
        scheduler.release(self)
        let result = Swift.Result { try body() }
        try resume()
        return try result.get()
    }

    /// As ``yield(atBoundary:)`` in places that cannot throw: the next look at `Task.isCancelled` ends the work.
    fileprivate func pass() {
        guard !Task.isCancelled, scheduler.isWanted(of: self, atBoundary: false) else { return }
        scheduler.release(self)
        try? resume()
    }

    private func resume() throws {
        // After a cancellation the work goes on without its turn, to its end, which is near.
        guard try scheduler.acquire(self, isFirst: false) else { throw CancellationError() }
    }
}
