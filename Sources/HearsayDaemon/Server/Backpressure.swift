internal import AudioCore
internal import Tensors

/// Holds threads that compute back until what they made has been taken.
package final class Backpressure: Sendable {
    private let sleepers = Locked(0)
    private let room = Semaphore()

    package init() {}

    /// Blocks the calling thread until there is room; it gives its turn up meanwhile.
    ///
    /// - Throws: what `hasRoom` throws, and `CancellationError`.
    package func wait(during turn: Turn, until hasRoom: () throws -> Bool) throws {
        guard try !hasRoom() else { return }
        try turn.rest {
            while true {
                // Counted before looking, so that no signal falls in between.
                sleepers.withLock { $0 += 1 }
                if try hasRoom() { break }
                try Task.checkCancellation()
                _ = room.wait(milliseconds: 200)
            }
        }
    }

    /// Has those who wait look again.
    package func wake() {
        let count = sleepers.withLock { sleepers in
            defer { sleepers = 0 }
            return sleepers
        }
        for _ in 0..<count { room.signal() }
    }
}
