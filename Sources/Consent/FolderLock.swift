import Glibc

/// The right to be the one process that writes in a folder; the system takes it back when the process ends.
final class FolderLock: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws(ConsentError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw ConsentError(.storageFailed, "could not open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ConsentError(.locked, "another process has the consents of \(path)")
        }
    }

    deinit { close(descriptor) }
}
