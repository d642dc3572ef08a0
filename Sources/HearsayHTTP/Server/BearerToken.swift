internal import Glibc
internal import HearsayDaemon

/// The key that clients must send, from a file that nobody but the daemon's user can read.
struct BearerToken {
    /// Nil where none is asked for.
    private let key: [UInt8]?

    private static let longestKey = 4 << 10

    /// Reads the file anew, so that a key that was replaced counts at once.
    ///
    /// - Throws: `DaemonError` `config.invalid`.
    init(_ configuration: DaemonConfiguration.HTTP) throws(DaemonError) {
        guard let path = configuration.tokenFile else {
            key = nil
            return
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { throw Self.unusable(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Self.unusable(path, "it is no regular file")
        }
        guard status.st_uid == getuid() || status.st_uid == 0, status.st_mode & 0o077 == 0 else {
            throw Self.unusable(path, "others may read it; chmod 600 it, and let it belong to the daemon's user")
        }
        var bytes = [UInt8](repeating: 0, count: Self.longestKey + 1)
        let count = read(descriptor, &bytes, bytes.count)
        let key = bytes.prefix(max(0, count)).prefix { $0 != 10 && $0 != 13 }
        guard count <= Self.longestKey, !key.isEmpty, key.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Self.unusable(
                path, "its first line must be a key of at most \(Self.longestKey) ASCII characters without spaces")
        }
        self.key = Array(key)
    }

    /// Whether a request with this `Authorization` may pass. Takes as long for every wrong key of one length.
    func admits(_ authorization: String?) -> Bool {
        guard let key else { return true }
        let prefix = "bearer "
        guard let authorization, authorization.prefix(prefix.count).lowercased() == prefix else { return false }
        let given = Array(authorization.utf8.dropFirst(prefix.utf8.count))
        guard given.count == key.count else { return false }
        return zip(given, key).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func unusable(_ path: String, _ reason: String) -> DaemonError {
        DaemonError(.configurationInvalid, "http.token_file \(path) cannot be used: \(reason)")
    }
}
