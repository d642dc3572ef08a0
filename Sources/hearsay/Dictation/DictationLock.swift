import Glibc

/// Sees to it that a user dictates once at a time, and finds the process that does: a locked file with its number.
final class DictationLock {
    private let descriptor: Int32

    /// - Parameter directory: belongs to this user alone.
    init(directory: String) throws(Failure) {
        let path = "\(directory)/dictate.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                .failure, code: "dictate.lock_failed",
                "could not open \(path): \(String(cString: strerror(errno))). Set XDG_RUNTIME_DIR to a folder of yours."
            )
        }
    }

    deinit {
        close(descriptor)
    }

    /// `$XDG_RUNTIME_DIR`, or a folder of this user's below `/tmp`.
    static func directory() throws(Failure) -> String {
        if let named = getenv("XDG_RUNTIME_DIR") {
            let path = String(cString: named)
            if path.hasPrefix("/") { return path }
        }
        let path = "/tmp/hearsay-\(getuid())"
        mkdir(path, 0o700)
        var status = stat()
        // Somebody else could have made it, to be told when this user speaks.
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid(),
            status.st_mode & 0o077 == 0
        else {
            throw Failure(
                .failure, code: "dictate.lock_failed",
                "\(path) is not a folder of this user alone. Set XDG_RUNTIME_DIR to one.")
        }
        return path
    }

    /// Whether another process dictates.
    var isTaken: Bool {
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
        flock(descriptor, LOCK_UN)
        return false
    }

    /// Makes this process the one that dictates; false when there is another.
    func take() throws(Failure) -> Bool {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        let number = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, number, number.count, 0) == number.count else {
            throw Failure(
                .failure, code: "dictate.lock_failed",
                "could not write the lock of the dictation: \(String(cString: strerror(errno)))")
        }
        return true
    }

    func release() {
        ftruncate(descriptor, 0)
        flock(descriptor, LOCK_UN)
    }

    /// Asks the process that dictates to finish; without one, nothing happens.
    func stopHolder() {
        guard isTaken else { return }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
        guard let number = pid_t(String(decoding: digits, as: UTF8.self)), number > 1 else { return }
        kill(number, SIGTERM)
    }
}
