internal import Crypto

/// What a written file says of itself: that its sound is synthetic, who made it, and a signature over the sound.
///
/// A line of ASCII of a length that does not depend on the sound, so that room for it can be left while the sound is
/// still being made:
///
///     synthetic=1; generator=hearsay/VERSION; digitalSourceType=trainedAlgorithmicMedia; claim=1:KEY:SIGNATURE
///
/// KEY is an Ed25519 public key, SIGNATURE its signature over ``message(digest:)``, both hexadecimal. Without a key, the
/// claim is missing.
public struct SyntheticClaim: Sendable, Equatable {
    public static let start = "synthetic=1; generator=hearsay/"
    private static let source = "; digitalSourceType=trainedAlgorithmicMedia"
    private static let separator = "; claim=1:"
    /// Hexadecimal digits of a key, and of a signature.
    private static let digits = (key: 64, signature: 128)
    /// Longest generator's version in bytes.
    private static let longestVersion = 40
    /// Longest line in bytes.
    public static let longest = 300

    public let version: String
    /// Hexadecimal; nil for a file without a claim.
    public let publicKey: String?
    public let signature: String?

    /// What a file says before its sound is known: the signature is all zeros.
    public static func placeholder(version: String, key: MarkingKey?) -> SyntheticClaim {
        SyntheticClaim(
            version: version, publicKey: key?.publicKey,
            signature: key.map { _ in String(repeating: "0", count: digits.signature) })
    }

    /// The claim that sound of this digest is synthetic.
    ///
    /// - Parameter digest: SHA-256 of the sound.
    /// - Throws: ``WatermarkError/Code/keyUnavailable``.
    public static func signed(
        version: String, digest: [UInt8], by key: MarkingKey
    ) throws(WatermarkError) -> SyntheticClaim {
        do {
            let signature = try key.signing.signature(for: message(version: version, digest: digest))
            return SyntheticClaim(version: version, publicKey: key.publicKey, signature: Hexadecimal.text(signature))
        } catch {
            throw WatermarkError(.keyUnavailable, "the file's claim cannot be signed", cause: error)
        }
    }

    private init(version: String, publicKey: String?, signature: String?) {
        self.version = version
        self.publicKey = publicKey
        self.signature = signature
    }

    /// What bytes say that begin with such a line, whatever follows it; nil for others.
    public init?(prefixOf bytes: some Collection<UInt8>) {
        let text = Substring(decoding: bytes.prefix(Self.longest), as: UTF8.self)
        guard text.hasPrefix(Self.start) else { return nil }
        let version = text.dropFirst(Self.start.count).prefix { $0 != ";" }
        guard version.utf8.count <= Self.longestVersion else { return nil }
        let rest = text[version.endIndex...]
        guard rest.hasPrefix(Self.source) else { return nil }
        self.version = String(version)
        let claim = rest.dropFirst(Self.source.count)
        guard claim.hasPrefix(Self.separator) else {
            (publicKey, signature) = (nil, nil)
            return
        }
        let fields = claim.dropFirst(Self.separator.count)
        let key = fields.prefix(Self.digits.key)
        let signature = fields.dropFirst(Self.digits.key + 1).prefix(Self.digits.signature)
        guard Hexadecimal.bytes(key)?.count == Self.digits.key / 2, fields.dropFirst(Self.digits.key).first == ":",
            Hexadecimal.bytes(signature)?.count == Self.digits.signature / 2
        else { return nil }
        (publicKey, self.signature) = (String(key), String(signature))
    }

    /// The line.
    public var text: String {
        let claim = publicKey.flatMap { key in signature.map { "\(Self.separator)\(key):\($0)" } } ?? ""
        return Self.start + version + Self.source + claim
    }

    /// Whether the key that is named has signed sound of this digest.
    public func isTrue(of digest: [UInt8]) -> Bool {
        guard let key = publicKey.flatMap({ Hexadecimal.bytes($0[...]) }),
            let signature = signature.flatMap({ Hexadecimal.bytes($0[...]) }),
            let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
        else { return false }
        return publicKey.isValidSignature(signature, for: Self.message(version: version, digest: digest))
    }

    /// What is signed.
    private static func message(version: String, digest: [UInt8]) -> [UInt8] {
        Array("hearsay synthetic sound 1\n\(version)\n".utf8) + digest
    }
}

/// The digest of sound, as it comes.
public struct SoundDigest: Sendable {
    private var hash = SHA256()

    public init() {}

    public mutating func append(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    /// SHA-256: 32 bytes.
    public func finish() -> [UInt8] { Array(hash.finalize()) }
}
