internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Tells the service manager that we live, as long as every part does: the event loops answer, and whoever computes
/// moves on.
struct WatchdogService: Service {
    let context: DaemonContext
    let interval: Duration

    /// Longest time that one step of a computation may take: large models on small machines are slow.
    private static let longestStep = Duration.seconds(300)

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var steps = context.scheduler.status.steps
            var moved = ContinuousClock.now
            while !Task.isCancelled {
                for loop in context.eventLoops.makeIterator() { try await loop.submit {}.get() }
                let status = context.scheduler.status
                if status.steps != steps || status.running.isEmpty {
                    steps = status.steps
                    moved = .now
                }
                if ContinuousClock.now - moved < Self.longestStep {
                    context.notifier.alive()
                } else {
                    context.logger.critical("a computation does not move on")
                }
                try? await Task.sleep(for: interval, tolerance: .seconds(1))
            }
        }
    }
}
