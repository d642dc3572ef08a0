internal import HearsayDaemon
internal import NIOCore
internal import Tensors

/// The bytes of a response on their way from the thread that makes them to the task that sends them, with a bound on how
/// many wait.
final class BodyQueue: Sendable {
    private struct State {
        var waiting = ByteBuffer()
        var isFinished = false
        var failure: (any Error)?
        var isAbandoned = false
        var awaiting: CheckedContinuation<Void, Never>?

        mutating func takeAwaiting() -> CheckedContinuation<Void, Never>? {
            defer { awaiting = nil }
            return awaiting
        }
    }

    private let limit: Int
    private let state = Locked(State())
    private let backpressure = Backpressure()

    /// - Parameter limit: bytes that may wait.
    init(limit: Int) {
        self.limit = limit
    }

    /// Adds bytes, and blocks the thread until few enough wait; it gives its turn up meanwhile.
    ///
    /// - Throws: `CancellationError`, also when nobody wants the bytes any more.
    func send(_ bytes: [UInt8], during turn: Turn) throws {
        add(bytes)
        try backpressure.wait(during: turn) { try hasRoom() }
    }

    /// Adds bytes without waiting: for the last ones.
    func add(_ bytes: [UInt8]) {
        let awaiting = state.withLock { state in
            state.waiting.writeBytes(bytes)
            return state.takeAwaiting()
        }
        awaiting?.resume()
    }

    /// No more will come; `failure` says why, if that is not as it should be.
    func finish(_ failure: (any Error)? = nil) {
        let awaiting = state.withLock { state in
            state.isFinished = true
            state.failure = failure
            return state.takeAwaiting()
        }
        awaiting?.resume()
    }

    /// Nobody wants the bytes any more.
    func abandon() {
        state.withLock { $0.isAbandoned = true }
        backpressure.wake()
    }

    /// All bytes that wait, nil at the end; for one task.
    ///
    /// - Throws: what ``finish(_:)`` was told.
    func next() async throws -> ByteBuffer? {
        while true {
            let (buffer, isFinished, failure) = state.withLock { state in
                defer { state.waiting = ByteBuffer() }
                return (state.waiting, state.isFinished, state.failure)
            }
            backpressure.wake()
            if buffer.readableBytes > 0 { return buffer }
            if let failure { throw failure }
            if isFinished { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.waiting.readableBytes == 0, !state.isFinished else { return true }
                    state.awaiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    private func hasRoom() throws -> Bool {
        try state.withLock { state in
            guard !state.isAbandoned else { throw CancellationError() }
            return state.waiting.readableBytes <= limit
        }
    }
}
