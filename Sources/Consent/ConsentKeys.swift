public import Crypto
import Glibc

/// The keys that voices are sealed with, and where they come from.
///
/// There are two secrets: the root, from the service manager or from a file, and the epoch's, which is replaced when a
/// voice is erased. Both are needed to open a voice; neither lies in the folder of the state, so that a copy of that
/// folder opens nothing, and an older copy opens nothing once the epoch has been replaced.
public struct ConsentKeys: Sendable {
    /// The name of the credential in `$CREDENTIALS_DIRECTORY`, and of the file beside the epoch's.
    public static let rootName = "hearsay-root-key"
    static let byteCount = 32

    /// A secret that is replaced at each erasure.
    struct Epoch: Sendable, Equatable {
        let number: Int
        let secret: [UInt8]

        static func next(after number: Int) -> Epoch {
            var generator = SystemRandomNumberGenerator()
            let secret = (0..<ConsentKeys.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
            return Epoch(number: number + 1, secret: secret)
        }

        init(number: Int, secret: [UInt8]) {
            self.number = number
            self.secret = secret
        }

        /// Its file: the number in 8 bytes, little-endian, and the secret.
        init?(file: [UInt8]) {
            guard file.count == 8 + ConsentKeys.byteCount else { return nil }
            let number = (0..<8).reduce(UInt64(0)) { $0 | UInt64(file[$1]) << (8 * UInt64($1)) }
            guard let number = Int(exactly: number), number > 0 else { return nil }
            self.init(number: number, secret: Array(file[8...]))
        }

        var file: [UInt8] { withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) } + secret }
    }

    private let root: SymmetricKey
    /// The folder of the epoch's file.
    let folder: String
    private(set) var epoch: Epoch

    /// Opens the keys, making them if there are none.
    ///
    /// - Parameters:
    ///   - folder: for the key files, outside of `stateFolder`; made if missing, for nobody else to enter.
    ///   - stateFolder: where what they seal is kept.
    ///   - credentials: `$CREDENTIALS_DIRECTORY`, where the service manager passes the root; nil for a file.
    /// - Throws: ``ConsentError/Code/keyUnavailable``.
    public init(folder: String, stateFolder: String, credentials: String?) throws(ConsentError) {
        try Self.makeFolder(folder)
        guard let own = Self.realPath(folder), !Self.contains(stateFolder, own) else {
            throw ConsentError(
                .keyUnavailable,
                "keys in \(folder) would be copied with the state in \(stateFolder); put them elsewhere")
        }
        self.folder = own
        root = SymmetricKey(data: try Self.readRoot(own, credentials))
        if let stored = try Self.readEpoch("\(own)/epoch") {
            epoch = stored
        } else {
            epoch = try Self.makeEpoch("\(own)/epoch")
        }
    }

    // MARK: Keys

    /// Signs the log.
    public var auditSigningKey: Curve25519.Signing.PrivateKey {
        get throws(ConsentError) {
            let bytes = derived("audit signing").withUnsafeBytes { Array($0) }
            guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
                throw ConsentError(.keyUnavailable, "the log's key cannot be made")
            }
            return key
        }
    }

    /// Digests texts in the log.
    public var auditTextKey: SymmetricKey { derived("audit text") }

    /// Authenticates stored records.
    var recordKey: SymmetricKey { derived("record") }

    /// Digests revocation codes.
    var codeKey: SymmetricKey { derived("revocation code") }

    /// Wraps the keys of voices, in one epoch.
    func wrappingKey(_ epoch: Epoch) -> SymmetricKey {
        var writer = CanonicalWriter("wrap")
        writer.add(epoch.number)
        let secrets = SymmetricKey(data: root.withUnsafeBytes { Array($0) } + epoch.secret)
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secrets, salt: Self.salt, info: writer.bytes, outputByteCount: Self.byteCount)
    }

    private func derived(_ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, salt: Self.salt, info: CanonicalWriter(purpose).bytes,
            outputByteCount: Self.byteCount)
    }

    private static let salt = Array("hearsay consent 1".utf8)

    // MARK: Epochs

    private var nextPath: String { "\(folder)/epoch.next" }

    /// The epoch that a change that was interrupted had prepared.
    func preparedEpoch() throws(ConsentError) -> Epoch? { try Self.readEpoch(nextPath) }

    /// Puts the next epoch beside the present one.
    func prepareEpoch() throws(ConsentError) -> Epoch {
        let next = Epoch.next(after: epoch.number)
        try Self.write(next, nextPath)
        return next
    }

    /// Makes the prepared epoch the present one: what was wrapped in the present one cannot be opened again.
    mutating func adopt(_ next: Epoch) throws(ConsentError) {
        guard rename(nextPath, "\(folder)/epoch") == 0 else {
            throw SecretFile.unusable(nextPath, String(cString: strerror(errno)))
        }
        SecretFile.flushFolder(of: nextPath)
        epoch = next
    }

    // MARK: Files

    private static func readRoot(_ folder: String, _ credentials: String?) throws(ConsentError) -> [UInt8] {
        if let credentials {
            let path = "\(credentials)/\(rootName)"
            if let root = try SecretFile.read(path, count: byteCount, isCredential: true) { return root }
        }
        let path = "\(folder)/\(rootName)"
        if let root = try SecretFile.read(path, count: byteCount) { return root }
        // With the epoch there but not the root, a new root would make all voices unreadable without a word.
        guard access("\(folder)/epoch", F_OK) != 0 else {
            throw SecretFile.unusable(path, "it is missing; bring it back from where it was kept")
        }
        let root = Epoch.next(after: 0).secret
        try SecretFile.replace(path, with: root, failure: { SecretFile.unusable($0, String(cString: strerror(errno))) })
        return root
    }

    private static func readEpoch(_ path: String) throws(ConsentError) -> Epoch? {
        guard let file = try SecretFile.read(path, count: 8 + byteCount) else { return nil }
        guard let epoch = Epoch(file: file) else { throw SecretFile.unusable(path, "it is damaged") }
        return epoch
    }

    private static func makeEpoch(_ path: String) throws(ConsentError) -> Epoch {
        let epoch = Epoch.next(after: 0)
        try write(epoch, path)
        return epoch
    }

    private static func write(_ epoch: Epoch, _ path: String) throws(ConsentError) {
        try SecretFile.replace(
            path, with: epoch.file, failure: { SecretFile.unusable($0, String(cString: strerror(errno))) })
    }

    private static func makeFolder(_ path: String) throws(ConsentError) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/\(part)"
            guard mkdir(prefix, 0o700) == 0 || errno == EEXIST else {
                throw SecretFile.unusable(path, String(cString: strerror(errno)))
            }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw SecretFile.unusable(path, "the folder must be this user's, and nobody else may write in it")
        }
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func contains(_ folder: String, _ path: String) -> Bool {
        let outer = realPath(folder) ?? folder
        return path == outer || path.hasPrefix(outer.hasSuffix("/") ? outer : outer + "/")
    }
}
