import Glibc
import Synchronization

/// Waits for SIGINT, SIGTERM and SIGHUP on a thread of its own and passes the wish to stop on. A second signal ends the
/// program at once, and so does the first where nobody would hear of it.
final class Interruption: Sendable {
    private struct State {
        var isRequested = false
        /// Whether somebody looks at ``Interruption/isRequested`` now and then.
        var isLookedAt = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let awaited = Interruption.signals

    /// Whether a signal has arrived. Whoever has looked goes on to look, and stops when one has.
    var isRequested: Bool {
        state.withLock { state in
            state.isLookedAt = true
            return state.isRequested
        }
    }

    /// Takes the signals over. Call it before other threads exist: they inherit that these signals are blocked.
    init() {
        var signals = awaited
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // A reader of our output that goes away is noticed where we write.
        signal(SIGPIPE, SIG_IGN)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let problem = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Interruption>.fromOpaque(context).takeRetainedValue().wait() }
                return nil
            }, context.toOpaque())
        guard problem == 0 else {
            context.release()
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            return
        }
        pthread_detach(thread)
    }

    /// Calls `action` when a signal arrives, or now if one has.
    func onRequest(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.action = action
            return state.isRequested
        }
        if isLate { action() }
    }

    private func wait() {
        var signals = awaited
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { continue }
            let (endsAtOnce, action) = state.withLock { state in
                defer { state.isRequested = true }
                return (state.isRequested || state.action == nil && !state.isLookedAt, state.action)
            }
            if endsAtOnce { _exit(ExitStatus.interrupted.rawValue) }
            action?()
        }
    }

    /// The signals to wait for. What the caller ignores stays ignored: nohup(1) and background jobs depend on it.
    private static var signals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var current = sigaction()
            let isKnown = sigaction(number, nil, &current) == 0
            let handler = unsafeBitCast(current.__sigaction_handler.sa_handler, to: Int.self)
            if isKnown, handler != unsafeBitCast(SIG_IGN, to: Int.self) { sigaddset(&set, number) }
        }
        return set
    }
}
