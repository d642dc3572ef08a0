internal import Crypto
internal import Glibc

/// This machine's own secret for marking speech: it decides the pattern of its mark, and signs what it writes.
///
/// 32 random bytes in a file that nobody else may read; mark and signature are derived from it, so that neither tells
/// the other.
public struct MarkingKey: Sendable {
    /// The name of the credential in `$CREDENTIALS_DIRECTORY`.
    public static let credential = "hearsay-marking-key"
    private static let fileName = "marking.key"
    static let byteCount = 32

    /// For this machine's mark.
    public let watermark: WatermarkKey
    /// For claims about written files.
    let signing: Curve25519.Signing.PrivateKey

    /// - Parameter secret: 32 bytes.
    /// - Throws: ``WatermarkError/Code/keyUnavailable``.
    public init(secret: [UInt8]) throws(WatermarkError) {
        guard secret.count == Self.byteCount else {
            throw WatermarkError(.keyUnavailable, "a marking key has 32 bytes, not \(secret.count)")
        }
        let root = SymmetricKey(data: secret)
        watermark = WatermarkKey(Self.derived(root, "hearsay watermark 1"))
        do {
            signing = try Curve25519.Signing.PrivateKey(
                rawRepresentation: Self.derived(root, "hearsay file claim 1").withUnsafeBytes { Array($0) })
        } catch {
            throw WatermarkError(.keyUnavailable, "no signing key can be made of the marking key", cause: error)
        }
    }

    private static func derived(_ root: SymmetricKey, _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array(purpose.utf8), outputByteCount: 32)
    }

    /// What others know this machine by: the public half of the signing key, as 64 hexadecimal digits.
    public var publicKey: String { Hexadecimal.text(signing.publicKey.rawRepresentation) }

    /// Opens this machine's key, making it if there is none: the credential that the service manager passes, or a file in
    /// the keys folder: the second of `$STATE_DIRECTORY`, `$XDG_DATA_HOME/hearsay-keys`, or
    /// `~/.local/share/hearsay-keys`.
    ///
    /// - Throws: ``WatermarkError/Code/keyUnavailable``.
    public static func open(environment: [String: String]) throws(WatermarkError) -> MarkingKey {
        if let folder = environment["CREDENTIALS_DIRECTORY"],
            let secret = try read("\(folder)/\(credential)", isCredential: true)
        {
            return try MarkingKey(secret: secret)
        }
        guard let folder = folder(environment) else {
            throw WatermarkError(.keyUnavailable, "where to keep the marking key is unknown: HOME is not set")
        }
        return try open(folder: folder)
    }

    private static func folder(_ environment: [String: String]) -> String? {
        if let passed = environment["STATE_DIRECTORY"]?.split(separator: ":").dropFirst().first {
            return String(passed)
        }
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/hearsay-keys" }
        if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/share/hearsay-keys" }
        return nil
    }

    /// Opens the key in `folder`, making both if they are missing.
    ///
    /// - Throws: ``WatermarkError/Code/keyUnavailable``.
    public static func open(folder: String) throws(WatermarkError) -> MarkingKey {
        let path = "\(folder)/\(fileName)"
        if let secret = try read(path) { return try MarkingKey(secret: secret) }
        try makeFolder(folder)
        try create(path)
        guard let secret = try read(path) else { throw unusable(path, "it has gone away") }
        return try MarkingKey(secret: secret)
    }

    /// The bytes of the key's file, or nil if there is none.
    private static func read(_ path: String, isCredential: Bool = false) throws(WatermarkError) -> [UInt8]? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
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
        var bytes = [UInt8](repeating: 0, count: byteCount)
        guard Int(status.st_size) == byteCount, Glibc.read(descriptor, &bytes, byteCount) == byteCount else {
            throw unusable(path, "it has not \(byteCount) bytes")
        }
        return bytes
    }

    /// Makes a key's file; of several that try at once, one succeeds and all use its key.
    private static func create(_ path: String) throws(WatermarkError) {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let temporary = "\(path).\(String(UInt64.random(in: .min ... .max, using: &generator), radix: 36))"
        let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unusable(temporary, String(cString: strerror(errno))) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        guard write(descriptor, secret, secret.count) == secret.count, fsync(descriptor) == 0 else {
            throw unusable(temporary, String(cString: strerror(errno)))
        }
        // Unlike renaming, linking never replaces a key that is in use already.
        guard link(temporary, path) == 0 || errno == EEXIST else {
            throw unusable(path, String(cString: strerror(errno)))
        }
    }

    private static func makeFolder(_ path: String) throws(WatermarkError) {
        var prefix = ""
        for part in path.split(separator: "/") {
            prefix += "/\(part)"
            if mkdir(prefix, 0o700) != 0, errno != EEXIST { throw unusable(path, String(cString: strerror(errno))) }
        }
    }

    private static func unusable(_ path: String, _ reason: String) -> WatermarkError {
        WatermarkError(.keyUnavailable, "the marking key \(path) cannot be used: \(reason)")
    }
}
