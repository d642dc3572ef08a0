internal import Crypto
internal import FoundationEssentials
internal import GRDB
internal import Tensors

/// What shows that somebody has consented: what was to be read, what was heard, and the recording. Kept sealed until the
/// consent is taken back; of it stays the digest, which is in the log too.
public struct ConsentEvidence: Sendable, Hashable {
    public var phrase: String
    /// What the recogniser heard.
    public var transcript: String
    /// What was measured, and by which models.
    public var measurements: String
    /// 16 kHz.
    public var samples: [Int16]

    public init(phrase: String, transcript: String, measurements: String, samples: [Int16]) {
        self.phrase = phrase
        self.transcript = transcript
        self.measurements = measurements
        self.samples = samples
    }

    private static let format = "hearsay consent evidence 1"

    var bytes: [UInt8] {
        var writer = CanonicalWriter(Self.format)
        writer.add(phrase)
        writer.add(transcript)
        writer.add(measurements)
        writer.add(samples.flatMap { withUnsafeBytes(of: $0.littleEndian) { Array($0) } })
        return writer.bytes
    }

    /// Nil for what ``bytes`` did not make.
    init?(bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard reader.text() == Self.format, let phrase = reader.text(), let transcript = reader.text(),
            let measurements = reader.text(), let sound = reader.bytes(), reader.isAtEnd, sound.count.isMultiple(of: 2)
        else { return nil }
        self.phrase = phrase
        self.transcript = transcript
        self.measurements = measurements
        samples = stride(from: 0, to: sound.count, by: 2).map {
            Int16(bitPattern: UInt16(sound[$0]) | UInt16(sound[$0 + 1]) << 8)
        }
    }

    /// SHA-256 of all of it, in hexadecimal digits.
    public var digest: String { Hexadecimal.text(SHA256.hash(data: bytes)) }
}

// MARK: - Storage

extension ConsentEvidence {
    static let schema = """
        CREATE TABLE IF NOT EXISTS evidence (
            consent TEXT NOT NULL, granted INTEGER NOT NULL, digest TEXT NOT NULL, epoch INTEGER NOT NULL,
            wrapped_key BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (consent, granted));
        """

    /// What it is sealed for, and its key is wrapped for.
    private static func associatedData(_ consent: String, _ granted: Int, _ digest: String, epoch: Int) -> [UInt8] {
        var writer = CanonicalWriter("hearsay evidence 1")
        writer.add(consent)
        writer.add(granted)
        writer.add(digest)
        writer.add(epoch)
        return writer.bytes
    }

    /// Stores it with a grant.
    func save(for consent: String, granted: Int, _ keys: ConsentKeys, _ database: Database) throws {
        let (digest, key, epoch) = (digest, SymmetricKey(size: .bits256), keys.epoch)
        let sealed = try AES.GCM.seal(
            bytes, using: key, authenticating: Self.associatedData(consent, granted, digest, epoch: 0))
        let wrapped = try Self.wrap(
            key, keys.wrappingKey(epoch), Self.associatedData(consent, granted, digest, epoch: epoch.number))
        try database.execute(
            sql: "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [consent, granted, digest, epoch.number, wrapped, sealed.combined ?? Data()])
    }

    private static func wrap(_ key: SymmetricKey, _ wrappingKey: SymmetricKey, _ associated: [UInt8]) throws -> Data {
        let box = try key.withUnsafeBytes { try AES.GCM.seal($0, using: wrappingKey, authenticating: associated) }
        return box.combined ?? Data()
    }

    private static func unwrapped(_ row: Row, _ wrappingKey: SymmetricKey) throws -> SymmetricKey {
        let box = try AES.GCM.SealedBox(combined: (row["wrapped_key"] as Data?) ?? Data())
        var bytes = try AES.GCM.open(
            box, using: wrappingKey,
            authenticating: associatedData(
                row["consent"] ?? "", row["granted"] ?? 0, row["digest"] ?? "", epoch: row["epoch"] ?? 0))
        defer { for index in bytes.indices { bytes[index] = 0 } }
        return SymmetricKey(data: bytes)
    }

    /// Wraps what is left in a new epoch.
    static func rewrap(_ old: SymmetricKey, _ new: SymmetricKey, epoch: Int, _ database: Database) throws {
        for row in try Row.fetchAll(database, sql: "SELECT * FROM evidence WHERE length(wrapped_key) > 0") {
            let (consent, granted, digest) = (
                (row["consent"] as String?) ?? "", (row["granted"] as Int?) ?? 0, (row["digest"] as String?) ?? ""
            )
            // Wrapped in an epoch that is over, or changed: nobody can open it.
            let key = try? unwrapped(row, old)
            let wrapped = try key.map { try wrap($0, new, associatedData(consent, granted, digest, epoch: epoch)) }
            try database.execute(
                sql: "UPDATE evidence SET wrapped_key = ?, epoch = ? WHERE consent = ? AND granted = ?",
                arguments: [wrapped ?? Data(), epoch, consent, granted])
        }
    }

    /// Leaves the digests.
    static func drop(of consents: Set<String>, _ database: Database) throws {
        for consent in consents {
            try database.execute(
                sql: "UPDATE evidence SET wrapped_key = x'', sealed = x'' WHERE consent = ?", arguments: [consent])
        }
    }

    private static func opened(_ row: Row, _ wrappingKey: SymmetricKey) throws -> ConsentEvidence? {
        let key = try unwrapped(row, wrappingKey)
        let box = try AES.GCM.SealedBox(combined: (row["sealed"] as Data?) ?? Data())
        let bytes = try AES.GCM.open(
            box, using: key,
            authenticating: associatedData(row["consent"] ?? "", row["granted"] ?? 0, row["digest"] ?? "", epoch: 0))
        return ConsentEvidence(bytes: Array(bytes))
    }

    fileprivate static func newest(_ consent: String, _ keys: ConsentKeys, _ database: Database) throws -> (
        digest: String, evidence: ConsentEvidence?
    )? {
        let row = try Row.fetchOne(
            database, sql: "SELECT * FROM evidence WHERE consent = ? ORDER BY granted DESC LIMIT 1",
            arguments: [consent])
        return try row.map {
            (
                ($0["digest"] as String?) ?? "",
                (($0["wrapped_key"] as Data?) ?? Data()).isEmpty
                    ? nil : try opened($0, keys.wrappingKey(keys.epoch))
            )
        }
    }
}

extension ConsentStore {
    /// What shows that a consent was given, last; nil before the grant and, but for its digest, after the erasure.
    ///
    /// - Throws: ``ConsentError/Code/recordInvalid`` for evidence that was changed.
    public func evidence(of id: String) throws(ConsentError) -> (digest: String, evidence: ConsentEvidence?)? {
        let keys = keys.withLock { $0 }
        do {
            return try database.queue.read { try ConsentEvidence.newest(id, keys, $0) }
        } catch is CryptoKitError {
            throw Self.invalid
        } catch {
            throw ConsentError(.storageFailed, "could not read the evidence of a consent: \(error)")
        }
    }
}

/// Reads what ``CanonicalWriter`` wrote; nil where it is something else.
struct CanonicalReader {
    private let source: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        source = bytes
    }

    var isAtEnd: Bool { position == source.count }

    mutating func text() -> String? { content(0x73).map { String(decoding: $0, as: UTF8.self) } }

    mutating func bytes() -> [UInt8]? { content(0x62).map(Array.init) }

    private mutating func content(_ kind: UInt8) -> ArraySlice<UInt8>? {
        guard source.count - position >= 9, source[position] == kind else { return nil }
        let count = (0..<8).reduce(UInt64(0)) { $0 | UInt64(source[position + 1 + $1]) << (8 * UInt64($1)) }
        let start = position + 9
        guard count <= UInt64(source.count - start) else { return nil }
        position = start + Int(count)
        return source[start..<position]
    }
}
