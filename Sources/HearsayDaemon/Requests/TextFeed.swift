internal import AudioCore
internal import Tensors

/// Text on its way from a connection, which must not wait, to the thread that speaks it, which may.
package final class TextFeed: Sendable {
    private struct State {
        var pieces: [String] = []
        var bytes = 0
        var isFinished = false
        var awaiting: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Locked(State())
    private let arrived = Semaphore()

    /// - Parameter limit: bytes of text that one request may have.
    init(limit: Int) {
        self.limit = limit
    }

    func append(_ text: String) throws(DaemonError) {
        try state.withLock { (state: inout State) throws(DaemonError) in
            state.bytes += text.utf8.count
            guard state.bytes <= limit else { throw DaemonError.textTooLong(limit) }
            if !text.isEmpty { state.pieces.append(text) }
        }
        arrived.signal()
    }

    /// No more text will come.
    func finish() {
        let awaiting = state.withLock { state in
            state.isFinished = true
            defer { state.awaiting = nil }
            return state.awaiting
        }
        arrived.signal()
        awaiting?.resume()
    }

    /// The text once it is complete; for one task.
    func whole() async throws -> String {
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                if !state.isFinished { state.awaiting = continuation }
                return state.isFinished
            }
            if isFinished { continuation.resume() }
        }
        try Task.checkCancellation()
        return state.withLock { $0.pieces.joined() }
    }

    /// The text once it is complete, as ``next(during:)`` gives its pieces.
    func all(during turn: Turn) throws -> String {
        var text = ""
        while let piece = try next(during: turn) { text += piece }
        return text
    }

    /// The next piece, nil at the end; the thread gives its turn up while it waits.
    func next(during turn: Turn) throws -> String? {
        while true {
            let (piece, isFinished): (String?, Bool) = state.withLock { state in
                (state.pieces.isEmpty ? nil : state.pieces.removeFirst(), state.isFinished)
            }
            if let piece { return piece }
            if isFinished { return nil }
            try turn.rest {
                while !arrived.wait(milliseconds: 200) { try Task.checkCancellation() }
            }
        }
    }
}

extension DaemonError {
    package static func textTooLong(_ limit: Int) -> DaemonError {
        DaemonError(.textTooLong, "the text has more than the \(limit) bytes of limits.text_bytes")
    }
}
