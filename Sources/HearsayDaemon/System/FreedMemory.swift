internal import Glibc
internal import Pipelines
internal import Tensors

/// Gives memory that was freed back to the system.
///
/// The allocator keeps it, each thread's in an arena of its own: a request that takes 50 MB for a moment would be paid for
/// in resident memory until the daemon ends, and after days in as many places as there were threads.
enum FreedMemory {
    private static let isScheduled = Locked(false)
    /// Work that follows soon takes the same memory again.
    private static let delay = Duration.seconds(20)

    /// glibc's own; nil with other libraries, which have no arenas to trim.
    private static let trim: (@convention(c) (Int) -> CInt)? = dlsym(nil, "malloc_trim").map {
        unsafeBitCast($0, to: (@convention(c) (Int) -> CInt).self)
    }

    /// Gives back what is free a while from now, once for all who ask until then.
    static func giveBackSoon() {
        let isFirst = isScheduled.withLock { isScheduled in
            defer { isScheduled = true }
            return !isScheduled
        }
        guard isFirst, let trim else { return }
        Task.detached(executorPreference: ThreadPerJobExecutor()) {
            try? await Task.sleep(for: delay)
            isScheduled.withLock { $0 = false }
            _ = trim(0)
        }
    }
}
