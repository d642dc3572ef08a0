internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Tells the service manager that we live, as long as every part does: the event loops answer, so do those who answer
/// requests, with what they keep on disk, and whoever computes moves on.
struct WatchdogService: Service {
    let context: DaemonContext
    let interval: Duration

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var heartbeat = Heartbeat(context.scheduler.status, at: .now)
            while !Task.isCancelled {
                for loop in context.eventLoops.makeIterator() { try await loop.submit {}.get() }
                for handler in context.handlers { _ = handler.status }
                if heartbeat.isAlive(context.scheduler.status, at: .now) {
                    context.notifier.alive()
                } else {
                    context.logger.critical("a computation does not move on")
                }
                try? await Task.sleep(for: interval, tolerance: .seconds(1))
            }
        }
    }
}

/// Whether whoever computes still moves on.
struct Heartbeat {
    private var last: Scheduler.Status
    /// When a work last made a step, and when one last computed anything.
    private var stepped: ContinuousClock.Instant
    private var stirred: ContinuousClock.Instant

    /// Longest time that one step of a computation may take: large models on small machines are slow.
    static let longestStep = Duration.seconds(300)
    /// Longest time in which a work may hold a turn and compute nothing, because it waits for a disk. One that waits for
    /// something that never comes computes nothing for ever.
    static let longestStandstill = Duration.seconds(20)
    /// What a thread computes by waking up now and then, to look whether it is still wanted, is more than this.
    private static let sign = Duration.microseconds(50)

    init(_ status: Scheduler.Status, at now: ContinuousClock.Instant) {
        last = status
        (stepped, stirred) = (now, now)
    }

    mutating func isAlive(_ status: Scheduler.Status, at now: ContinuousClock.Instant) -> Bool {
        let hasStepped = status.steps != last.steps || status.turns != last.turns || status.running.isEmpty
        let computed = status.processorTime - last.processorTime
        // Less than before belongs to other threads.
        let hasStirred = hasStepped || computed < .zero || computed > Self.sign
        if hasStepped { stepped = now }
        if hasStirred { (last, stirred) = (status, now) }
        return now - stepped < Self.longestStep && now - stirred < Self.longestStandstill
    }
}
