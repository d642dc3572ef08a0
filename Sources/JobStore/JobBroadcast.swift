internal import Tensors

/// Tells everyone who listens what happens to the jobs; who is slow misses the oldest news, never the latest.
final class JobBroadcast: Sendable {
    private struct State {
        var listeners: [Int: AsyncStream<JobChange>.Continuation] = [:]
        var next = 0
    }

    private let state = Locked(State())

    func listen() -> AsyncStream<JobChange> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1_024)) { continuation in
            let number = state.withLock { state in
                state.next += 1
                state.listeners[state.next] = continuation
                return state.next
            }
            continuation.onTermination = { [state] _ in
                state.withLock { $0.listeners[number] = nil }
            }
        }
    }

    func send(_ change: JobChange) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(change) }
    }
}
