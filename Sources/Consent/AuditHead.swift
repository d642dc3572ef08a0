internal import Crypto
import Glibc

/// The end of the log: its last row and who vouches for it. Kept apart from the log, so that a log that was cut short
/// is told from one that is shorter.
public struct AuditHead: Sendable, Hashable {
    /// Number of the row.
    public let row: Int
    /// SHA-256 of its line, in hexadecimal digits.
    public let digest: String

    public init(row: Int, digest: String) {
        self.row = row
        self.digest = digest
    }

    /// From `ROW:DIGEST`, as ``description`` writes it.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let row = Int(parts[0]), row > 0, Hexadecimal.bytes(parts[1])?.count == 32 else {
            return nil
        }
        self.row = row
        digest = String(parts[1])
    }

    private var signedPart: [UInt8] { Array("hearsay audit head 1\t\(row)\t\(digest)".utf8) }

    /// The file of it: row, digest, public key, signature.
    func file(_ key: Curve25519.Signing.PrivateKey) throws(ConsentError) -> String {
        guard let signature = try? key.signature(for: signedPart) else {
            throw ConsentError(.auditUnavailable, "the log's end cannot be signed")
        }
        return
            "\(row)\t\(digest)\t\(Hexadecimal.text(key.publicKey.rawRepresentation))\t\(Hexadecimal.text(signature))\n"
    }

    /// The head that a file holds, with the key that has signed it; nil where it is not what was written.
    static func parse(_ file: [UInt8]) -> (head: AuditHead, key: [UInt8])? {
        let text = String(decoding: file, as: UTF8.self)
        let parts = text.dropLast().split(separator: "\t", omittingEmptySubsequences: false)
        guard text.hasSuffix("\n"), Array(text.utf8) == file, parts.count == 4,
            let head = AuditHead("\(parts[0]):\(parts[1])"), "\(head.row)" == parts[0],
            let key = Hexadecimal.bytes(parts[2]), let signature = Hexadecimal.bytes(parts[3]),
            let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: key),
            publicKey.isValidSignature(signature, for: head.signedPart)
        else { return nil }
        return (head, key)
    }
}

extension AuditHead: CustomStringConvertible {
    public var description: String { "\(row):\(digest)" }
}
