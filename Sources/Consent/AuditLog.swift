public import Crypto
import Glibc
internal import Tensors

/// The log of consents and of every use of a copied voice: rows that vouch for each other.
///
/// A row is on the disk before ``append(_:now:)`` returns, so that what is not logged does not happen. One process has the
/// log at a time; any may read it.
public final class AuditLog: Sendable {
    private struct State {
        var head: AuditHead?
        var descriptor: Int32
    }

    private let folder: String
    private let signingKey: Curve25519.Signing.PrivateKey
    private let textKey: SymmetricKey
    private let state: Locked<State>

    /// Opens the log in a folder, checks all of it, and cuts off a row that a crash left unfinished.
    ///
    /// - Parameters:
    ///   - signingKey: of this machine.
    ///   - textKey: what texts are digested with, so that nobody can try whether a text was spoken.
    /// - Throws: ``ConsentError/Code/chainBroken``, ``ConsentError/Code/auditUnavailable``.
    public init(
        folder: String, signingKey: Curve25519.Signing.PrivateKey, textKey: SymmetricKey
    ) throws(ConsentError) {
        self.folder = folder
        self.signingKey = signingKey
        self.textKey = textKey
        let publicKey = Array(signingKey.publicKey.rawRepresentation)
        let (summary, end) = try AuditVerification(folder: folder, key: publicKey).check()
        let path = AuditVerification.logPath(in: folder)
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw AuditFile.failure("open", path) }
        guard ftruncate(descriptor, off_t(end)) == 0 else {
            let failure = AuditFile.failure("write", path)
            close(descriptor)
            throw failure
        }
        state = Locked(State(head: summary.head, descriptor: descriptor))
        // Rows that were written when the end was not: their signatures have been checked.
        if let head = summary.head { try write(head) }
    }

    deinit {
        state.withLock { _ = close($0.descriptor) }
    }

    /// The last row; to be put where the log's own files cannot reach, such as the system's journal.
    public var head: AuditHead? { state.withLock { $0.head } }

    /// Adds a row, and returns when it is on the disk.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: ``ConsentError/Code/auditUnavailable``.
    @discardableResult
    public func append(_ event: AuditEvent, now: Int) throws(ConsentError) -> AuditHead {
        try state.withLock { (state: inout State) throws(ConsentError) in
            let number = (state.head?.row ?? 0) + 1
            let fields = AuditRow.fields(
                event, number: number, now: now, monotonic: Self.monotonicSeconds, textKey: textKey)
            let previous = state.head?.digest ?? AuditRow.noPrevious
            guard let signature = try? signingKey.signature(for: AuditRow.signedPart(fields, previous)) else {
                throw ConsentError(.auditUnavailable, "the row cannot be signed")
            }
            let row = AuditRow(
                number: number, fields: fields, previous: previous, signature: Hexadecimal.text(signature))
            try Self.write(Array((row.line + "\n").utf8), to: state.descriptor, folder)
            let head = AuditHead(row: number, digest: AuditRow.digest(Array(row.line.utf8)))
            state.head = head
            try write(head)
            return head
        }
    }

    /// The whole row or nothing: a part of one would be the end of the log.
    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ folder: String) throws(ConsentError) {
        let path = AuditVerification.logPath(in: folder)
        let start = lseek(descriptor, 0, SEEK_END)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        guard written == bytes.count, fdatasync(descriptor) == 0 else {
            let failure = AuditFile.failure("write", path)
            ftruncate(descriptor, start)
            throw failure
        }
    }

    private func write(_ head: AuditHead) throws(ConsentError) {
        try SecretFile.replace(
            AuditVerification.headPath(in: folder), with: Array(try head.file(signingKey).utf8),
            failure: { AuditFile.failure("write", $0) })
    }

    private static var monotonicSeconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return time.tv_sec
    }
}
