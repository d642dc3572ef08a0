import Glibc

/// A counting semaphore, which can be signalled without a lock or an allocation, for threads that may block.
// @unchecked Sendable because sem_t is made for being shared, and the pointer never changes.
package final class Semaphore: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<sem_t>

    package init() {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, 0)
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    package func signal() {
        sem_post(handle)
    }

    /// Takes one signal, however long it takes to come.
    package func wait() {
        while sem_wait(handle) != 0, errno == EINTR {}
    }

    /// Takes one signal.
    ///
    /// - Returns: false when none came in time.
    package func wait(milliseconds: Int) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_nsec += milliseconds % 1000 * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + deadline.tv_nsec / 1_000_000_000
        deadline.tv_nsec %= 1_000_000_000
        while sem_timedwait(handle, &deadline) != 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }

    /// Takes one signal, and all others that are there: they say the same.
    ///
    /// - Returns: false when none came in time.
    @discardableResult
    package func waitForAll(milliseconds: Int) -> Bool {
        guard wait(milliseconds: milliseconds) else { return false }
        while sem_trywait(handle) == 0 {}
        return true
    }
}
