internal import Crypto
import Glibc

/// Reads a log and tells whether it is what was written: from its files alone, without any secret.
public struct AuditVerification: Sendable {
    /// What a log is that is whole.
    public struct Summary: Sendable, Hashable {
        /// Rows.
        public let rows: Int
        /// The last row; nil for an empty log.
        public let head: AuditHead?
        /// The public key that has signed it, in hexadecimal digits.
        public let key: String?
    }

    /// Rows between two signatures that are looked at; every row has one.
    static let checkpoint = 64

    public static func logPath(in folder: String) -> String { "\(folder)/audit.log" }
    public static func headPath(in folder: String) -> String { "\(folder)/audit.head" }

    let folder: String
    /// The key that must have signed it; nil takes the one that the log's end names.
    let key: [UInt8]?
    /// A row that is known from elsewhere, such as the system's journal.
    let known: AuditHead?

    /// - Parameters:
    ///   - folder: where the log is.
    ///   - key: raw representation of the public key; nil takes the log's own word for it.
    public init(folder: String, key: [UInt8]? = nil, known: AuditHead? = nil) {
        self.folder = folder
        self.key = key
        self.known = known
    }

    /// A public key from its 64 hexadecimal digits; nil where they are none.
    public static func key(_ digits: String) -> [UInt8]? {
        Hexadecimal.bytes(digits).flatMap { $0.count == 32 ? $0 : nil }
    }

    /// Checks all of it.
    ///
    /// - Throws: ``ConsentError/Code/chainBroken`` with the number of the first row that is wrong, or missing;
    ///   ``ConsentError/Code/auditUnavailable`` where it cannot be read.
    public func run() throws(ConsentError) -> Summary {
        try check().summary
    }

    /// The summary, and how many bytes of the log it is about: what follows is a row that was cut off by a crash.
    func check() throws(ConsentError) -> (summary: Summary, end: Int) {
        let file = try AuditFile.read(Self.headPath(in: folder), limit: 1_024)
        guard let file, !file.isEmpty else { return try checkWithoutHead() }
        guard let (head, signer) = AuditHead.parse(file), key == nil || key == signer,
            let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: signer)
        else { throw Self.broken(1, "the log's end was not signed by the key of this machine") }
        var chain = Chain(publicKey: publicKey, head: head, known: known)
        let end = try AuditFile.lines(Self.logPath(in: folder), longest: AuditRow.longestLine) {
            line throws(ConsentError) in
            try chain.take(line)
        }
        try chain.finish()
        let last = AuditHead(row: chain.count, digest: chain.digest)
        return (
            Summary(rows: chain.count, head: last, key: Hexadecimal.text(signer)), end
        )
    }

    /// A log without an end has no row either.
    private func checkWithoutHead() throws(ConsentError) -> (summary: Summary, end: Int) {
        var rows = 0
        let end = try AuditFile.lines(Self.logPath(in: folder), longest: AuditRow.longestLine) { _ in rows += 1 }
        // The first row of all may be there without it, if the power failed between the two.
        guard rows == 0 && known == nil else { throw Self.broken(1, "the file of the log's end is missing") }
        return (Summary(rows: 0, head: nil, key: nil), end)
    }

    static func broken(_ row: Int, _ reason: String) -> ConsentError {
        var error = ConsentError(.chainBroken, "row \(row): \(reason)")
        error.row = row
        return error
    }
}

/// The rows up to some place.
private struct Chain {
    let publicKey: Curve25519.Signing.PublicKey
    let head: AuditHead
    let known: AuditHead?
    private(set) var count = 0
    /// Of the last line.
    private(set) var digest = AuditRow.noPrevious
    private var last: AuditRow?

    init(publicKey: Curve25519.Signing.PublicKey, head: AuditHead, known: AuditHead?) {
        self.publicKey = publicKey
        self.head = head
        self.known = known
    }

    mutating func take(_ line: [UInt8]) throws(ConsentError) {
        let number = count + 1
        guard let row = AuditRow(line: line), row.number == number else {
            throw AuditVerification.broken(number, "this is no row, or not this one")
        }
        guard row.previous == digest else {
            throw AuditVerification.broken(max(1, count), "the row after it was written after another one")
        }
        // Each row vouches for all before it. Rows that nothing after them vouches for yet are looked at one by one.
        if number.isMultiple(of: AuditVerification.checkpoint) || number >= head.row { try checkSignature(row) }
        count = number
        digest = AuditRow.digest(line)
        last = row
        for fixed in [head, known].compactMap(\.self) where fixed.row == number && fixed.digest != digest {
            throw AuditVerification.broken(number, "this is another row than the one that was vouched for")
        }
    }

    func finish() throws(ConsentError) {
        let needed = max(head.row, known?.row ?? 0)
        guard count >= needed else {
            throw AuditVerification.broken(count + 1, "the log had \(needed) rows, and has \(count)")
        }
        if let last { try checkSignature(last) }
    }

    private func checkSignature(_ row: AuditRow) throws(ConsentError) {
        guard let signature = Hexadecimal.bytes(row.signature),
            publicKey.isValidSignature(signature, for: row.signedPart)
        else { throw AuditVerification.broken(row.number, "the signature is wrong") }
    }
}

/// The system's calls that the log needs.
enum AuditFile {
    /// All of a small file; nil if there is none.
    static func read(_ path: String, limit: Int) throws(ConsentError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw failure("read", path) }
            if more == 0 { break }
            count += more
        }
        return Array(bytes[..<count])
    }

    /// Calls `body` with each whole line; a missing file has none.
    ///
    /// - Returns: bytes up to the end of the last whole line.
    static func lines(
        _ path: String, longest: Int, _ body: ([UInt8]) throws(ConsentError) -> Void
    ) throws(ConsentError) -> Int {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0, errno == ENOENT { return 0 }
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var pending: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        var end = 0
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return end }
            var start = 0
            while let newline = block[start..<count].firstIndex(of: 0x0A) {
                let line = pending + block[start..<newline]
                pending.removeAll(keepingCapacity: true)
                try body(line)
                end += line.count + 1
                start = newline + 1
            }
            pending += block[start..<count]
            // What is no line is given out as one, so that it is refused.
            if pending.count > longest { try body(pending) }
        }
    }

    static func failure(_ what: String, _ path: String) -> ConsentError {
        ConsentError(.auditUnavailable, "could not \(what) \(path): \(String(cString: strerror(errno)))")
    }
}
