internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Tells the service manager that we live, as long as every part does: the event loops answer, and whoever computes
/// moves on.
struct WatchdogService: Service {
    let context: DaemonContext
    let interval: Duration

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var heartbeat = Heartbeat(context.scheduler.status, at: .now)
            while !Task.isCancelled {
                for loop in context.eventLoops.makeIterator() { try await loop.submit {}.get() }
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
    private var steps: UInt64
    private var moved: ContinuousClock.Instant

    /// Longest time that one step of a computation may take: large models on small machines are slow.
    static let longestStep = Duration.seconds(300)

    init(_ status: Scheduler.Status, at now: ContinuousClock.Instant) {
        steps = status.steps
        moved = now
    }

    mutating func isAlive(_ status: Scheduler.Status, at now: ContinuousClock.Instant) -> Bool {
        if status.steps != steps || status.running.isEmpty {
            steps = status.steps
            moved = now
        }
        return now - moved < Self.longestStep
    }
}
