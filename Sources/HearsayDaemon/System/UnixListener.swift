internal import Glibc

/// A listening Unix socket of our own: nobody else's is taken away, and none is left behind.
///
/// A lock file beside it belongs to whoever serves, so that only a socket that nobody serves is ever removed.
package final class UnixListener: Sendable {
    let path: String
    /// Listening; whoever accepts from it closes it.
    package let descriptor: Int32
    private let lock: Int32
    private let inode: ino_t

    private static let backlog: Int32 = 128

    /// - Parameter mode: permissions of the socket.
    /// - Throws: ``DaemonError/Code/socketUnusable``.
    package init(path: String, mode: Int) throws(DaemonError) {
        guard path.hasPrefix("/"), let address = SocketAddress(unixPath: path) else {
            throw Self.unusable(path, "a socket's path is absolute and has at most 107 bytes")
        }
        try Self.prepareFolder(of: path)
        let lock = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw Self.unusable(path, "its lock file: \(Self.reason())") }
        var descriptor: Int32 = -1
        do throws(DaemonError) {
            guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
                throw Self.unusable(path, "another hearsayd serves it")
            }
            try Self.removeStale(path, address)
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw Self.unusable(path, Self.reason()) }
            // Before bind: the file appears with these permissions, whatever the umask leaves out of them.
            guard fchmod(descriptor, 0o600) == 0, address.withPointer({ bind(descriptor, $0, $1) }) == 0,
                chmod(path, mode_t(mode)) == 0, listen(descriptor, Self.backlog) == 0
            else { throw Self.unusable(path, Self.reason()) }
            var status = stat()
            guard stat(path, &status) == 0 else { throw Self.unusable(path, Self.reason()) }
            inode = status.st_ino
        } catch {
            if descriptor >= 0 { close(descriptor) }
            close(lock)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        self.lock = lock
    }

    /// Removes the socket, if it is still ours.
    package func remove() {
        var status = stat()
        if stat(path, &status) == 0, status.st_ino == inode { unlink(path) }
    }

    deinit { close(lock) }

    /// Makes the folder if it is missing, and refuses one in which others could replace the socket.
    private static func prepareFolder(of path: String) throws(DaemonError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        guard !folder.isEmpty else { throw unusable(path, "it lies in the root folder") }
        if mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw unusable(path, "the folder \(folder) could not be made: \(reason())")
        }
        var status = stat()
        guard stat(folder, &status) == 0 else { throw unusable(path, "the folder \(folder): \(reason())") }
        // In one such as /tmp nobody can replace the socket, but anybody can be there first.
        let isShared = status.st_mode & (S_IWGRP | S_IWOTH) != 0
        guard status.st_uid == getuid() || status.st_uid == 0, !isShared else {
            throw unusable(path, "others may write to the folder \(folder); use one of your own")
        }
    }

    private static func removeStale(_ path: String, _ address: SocketAddress) throws(DaemonError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw unusable(path, "there is a file that is no socket") }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw unusable(path, reason()) }
        defer { close(probe) }
        guard address.withPointer({ connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED else {
            throw unusable(path, "somebody serves it")
        }
        guard unlink(path) == 0 else { throw unusable(path, "the old one could not be removed: \(reason())") }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }

    private static func unusable(_ path: String, _ reason: String) -> DaemonError {
        DaemonError(.socketUnusable, "cannot listen on \(path): \(reason)")
    }
}
