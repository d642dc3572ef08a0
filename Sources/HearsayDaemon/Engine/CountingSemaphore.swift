internal import Glibc

/// A semaphore of POSIX, for threads that have nothing to do but wait.
///
/// Safe as `@unchecked Sendable`: the semaphore's address never changes, and its functions are made for many threads.
final class CountingSemaphore: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    func wait() {
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }

    /// Waits for so many milliseconds at most; false when the time is over.
    func wait(milliseconds: Int) -> Bool {
        var limit = timespec()
        clock_gettime(CLOCK_REALTIME, &limit)
        limit.tv_sec += milliseconds / 1000
        limit.tv_nsec += (milliseconds % 1000) * 1_000_000
        if limit.tv_nsec >= 1_000_000_000 {
            limit.tv_nsec -= 1_000_000_000
            limit.tv_sec += 1
        }
        while sem_timedwait(semaphore, &limit) != 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }
}
