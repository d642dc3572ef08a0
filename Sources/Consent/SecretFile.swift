import Glibc

/// Small files that only their owner may read.
enum SecretFile {
    /// The bytes of a file of exactly this size, or nil if there is none.
    ///
    /// - Throws: ``ConsentError/Code/keyUnavailable`` where others could read or change it.
    static func read(_ path: String, count: Int, isCredential: Bool = false) throws(ConsentError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw unusable(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw unusable(path, "it is no file")
        }
        // The service manager's own files belong to it.
        guard isCredential || status.st_uid == geteuid() else { throw unusable(path, "it belongs to somebody else") }
        guard status.st_mode & 0o077 == 0 else { throw unusable(path, "others may read it; chmod 600") }
        guard status.st_size == count else { throw unusable(path, "it has \(status.st_size) bytes, not \(count)") }
        var bytes = [UInt8](repeating: 0, count: count)
        guard Glibc.read(descriptor, &bytes, count) == count else { throw unusable(path, "it cannot be read") }
        return bytes
    }

    /// Replaces a file by another that is whole, for good.
    static func replace(
        _ path: String, with bytes: [UInt8], failure: (String) -> ConsentError
    ) throws(ConsentError) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(temporary) }
        let isWritten =
            fchmod(descriptor, 0o600) == 0 && write(descriptor, bytes, bytes.count) == bytes.count
            && fsync(descriptor) == 0
        guard isWritten else {
            let error = failure(temporary)
            close(descriptor)
            unlink(temporary)
            throw error
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else { throw failure(path) }
        flushFolder(of: path)
    }

    /// Makes the names in a file's folder durable.
    static func flushFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }

    static func unusable(_ path: String, _ reason: String) -> ConsentError {
        ConsentError(.keyUnavailable, "the key file \(path) cannot be used: \(reason)")
    }
}
