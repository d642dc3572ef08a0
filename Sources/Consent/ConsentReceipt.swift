internal import Crypto
internal import Tensors

/// A statement of this machine about a consent, for the person whose voice it is.
public struct ConsentReceipt: Sendable, Hashable {
    /// The statement, as it was signed.
    public let text: String
    /// Ed25519, in hexadecimal digits.
    public let signature: String
    /// The public key of this machine's log, in hexadecimal digits.
    public let key: String

    public init(text: String, signature: String, key: String) {
        self.text = text
        self.signature = signature
        self.key = key
    }

    /// Whether the statement is what the key has signed. Whose key it is, is for the reader to know.
    public var isGenuine: Bool {
        guard let bytes = Hexadecimal.bytes(key), let signature = Hexadecimal.bytes(signature),
            let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return false }
        return publicKey.isValidSignature(signature, for: Self.signedPart(text))
    }

    static func signedPart(_ text: String) -> [UInt8] {
        var writer = CanonicalWriter("hearsay consent receipt 1")
        writer.add(text)
        return writer.bytes
    }
}

extension ConsentStore {
    /// Signs a statement about a consent, with the key that signs the log.
    ///
    /// - Throws: ``ConsentError/Code/keyUnavailable``.
    public func receipt(_ text: String) throws(ConsentError) -> ConsentReceipt {
        let key = try keys.withLock { $0 }.auditSigningKey
        guard let signature = try? key.signature(for: ConsentReceipt.signedPart(text)) else {
            throw ConsentError(.keyUnavailable, "the receipt cannot be signed")
        }
        return ConsentReceipt(
            text: text, signature: Hexadecimal.text(signature),
            key: Hexadecimal.text(key.publicKey.rawRepresentation))
    }

    /// The last row of the log.
    public var logHead: AuditHead? { log.head }
}
