internal import Glibc
internal import Synchronization

/// Signals that come while the daemon starts, before anybody waits for them: they would end it in the middle, or be lost.
public enum EarlySignals {
    /// A bit for each number.
    private static let pending = Atomic<UInt32>(0)

    /// Keeps SIGTERM, SIGINT and SIGHUP until they are asked for. Call it first of all.
    public static func keep() {
        // Now, because a handler must not be the first who needs it.
        _ = pending.load(ordering: .relaxed)
        for number in [SIGTERM, SIGINT, SIGHUP] {
            signal(number) { number in
                EarlySignals.pending.bitwiseOr(1 << UInt32(number & 31), ordering: .relaxed)
            }
        }
    }

    /// Sends those of `numbers` that have come to this process again, now that they are waited for.
    static func deliver(_ numbers: [Int32]) {
        for number in numbers {
            let bit = UInt32(1) << UInt32(number & 31)
            let before = pending.bitwiseAnd(~bit, ordering: .relaxed).oldValue
            if before & bit != 0 { kill(getpid(), number) }
        }
    }
}
