internal import NIOCore
internal import Tensors
internal import WireProtocol

/// Events on their way to one client, with a bound on how many bytes wait for it to read.
///
/// Tasks await room, threads that compute sleep for it; either gives up when the client has read nothing for too long.
final class Outbox: Sendable {
    private struct State {
        var pending = 0
        var isClosed = false
        var awaiting: [CheckedContinuation<Void, Never>] = []
    }

    private let channel: any Channel
    private let limit: Int
    private let stall: Int
    private let deadline: Deadline
    private let state = Locked(State())
    private let backpressure = Backpressure()

    /// - Parameters:
    ///   - limit: bytes that may wait.
    ///   - stall: seconds without any progress after which the connection is closed.
    init(_ channel: any Channel, limit: Int, stall: Int) {
        self.channel = channel
        self.limit = limit
        self.stall = stall
        deadline = Deadline(on: channel.eventLoop)
        channel.closeFuture.whenComplete { [weak self] _ in self?.close() }
    }

    /// Sends without waiting for room: for the last words to a client.
    func post(_ event: WireEvent) {
        let bytes = EventEncoder.encode(event)
        let accepted = state.withLock { state in
            guard !state.isClosed else { return false }
            state.pending += bytes.count
            return true
        }
        guard accepted else { return }
        watch()
        let count = bytes.count
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes)).whenComplete { [weak self] result in
            self?.written(count, result)
        }
    }

    /// Sends, and waits until few enough bytes wait.
    ///
    /// - Throws: ``DaemonError/Code/clientTooSlow`` when the connection is gone.
    func send(_ event: WireEvent) async throws {
        post(event)
        while true {
            try Task.checkCancellation()
            if try hasRoom() { return }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard !state.isClosed, state.pending > limit else { return true }
                    state.awaiting.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// Sends from a thread that computes, and blocks it until few enough bytes wait; it gives its turn up meanwhile.
    ///
    /// - Throws: as ``send(_:)``, and `CancellationError`.
    func send(_ event: WireEvent, during turn: Turn) throws {
        post(event)
        try backpressure.wait(during: turn) { try hasRoom() }
    }

    /// Waits until everything has left.
    func flush() async {
        _ = try? await channel.writeAndFlush(channel.allocator.buffer(capacity: 0)).get()
    }

    private func hasRoom() throws -> Bool {
        try state.withLock { state in
            guard !state.isClosed else {
                throw DaemonError(.clientTooSlow, "the client is gone, or read nothing for \(stall) s")
            }
            return state.pending <= limit
        }
    }

    private func written(_ count: Int, _ result: Result<Void, any Error>) {
        if case .failure = result { return close() }
        let isEmpty = state.withLock { state in
            state.pending -= count
            return state.pending == 0
        }
        if isEmpty { deadline.clear() } else { watch() }
        wake()
    }

    /// Progress was made, or something new waits: time runs from now.
    private func watch() {
        deadline.set(seconds: stall) { [weak self] in
            self?.channel.close(promise: nil)
            self?.close()
        }
    }

    private func close() {
        state.withLock { $0.isClosed = true }
        deadline.clear()
        wake()
    }

    private func wake() {
        let awaiting = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
            guard state.isClosed || state.pending <= limit else { return nil }
            defer { state.awaiting = [] }
            return state.awaiting
        }
        guard let awaiting else { return }
        backpressure.wake()
        for continuation in awaiting { continuation.resume() }
    }
}
