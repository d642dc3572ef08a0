package import NIOCore
internal import Tensors

/// A time by which something must have happened on a connection. Moving it costs no timer: one runs at most, and looks
/// when it is due whether it still is.
package final class Deadline: Sendable {
    private struct State {
        var due: NIODeadline?
        var action: (@Sendable () -> Void)?
        /// When the timer that runs will look.
        var wakeUp: NIODeadline?
        var timer: Scheduled<Void>?
    }

    private let loop: any EventLoop
    private let state = Locked(State())

    package init(on loop: any EventLoop) {
        self.loop = loop
    }

    /// A connection that is gone leaves no timer: after thousands of them these would be most of what the loop keeps.
    deinit { state.withLock { $0.timer }?.cancel() }

    /// Calls `action` once, so many seconds from now, unless the deadline is moved or taken away before.
    package func set(seconds: Int, _ action: @escaping @Sendable () -> Void) {
        let due = NIODeadline.now() + .seconds(Int64(seconds))
        let needsTimer = state.withLock { state in
            state.due = due
            state.action = action
            // One that looks too late is replaced; it finds nothing due then.
            guard let wakeUp = state.wakeUp, wakeUp <= due else {
                state.wakeUp = due
                return true
            }
            return false
        }
        if needsTimer { schedule(at: due) }
    }

    package func clear() {
        state.withLock { state in
            state.due = nil
            state.action = nil
        }
    }

    private func schedule(at time: NIODeadline) {
        let timer: Scheduled<Void> = loop.scheduleTask(deadline: time) { [weak self] in
            if let self { look() }
        }
        state.withLock { $0.timer = timer }
    }

    private func look() {
        let (action, next): ((@Sendable () -> Void)?, NIODeadline?) = state.withLock { state in
            let now = NIODeadline.now()
            if let wakeUp = state.wakeUp, wakeUp > now { return (nil, nil) }
            guard let due = state.due else {
                state.wakeUp = nil
                return (nil, nil)
            }
            guard due <= now else {
                state.wakeUp = due
                return (nil, due)
            }
            defer { state = State() }
            return (state.action, nil)
        }
        action?()
        if let next { schedule(at: next) }
    }
}
