internal import Crypto
internal import FoundationEssentials
internal import GRDB
import Glibc

/// The file of the consents: one connection, a journal that can be emptied, and nothing left of what was deleted.
struct ConsentDatabase: Sendable {
    let queue: DatabaseQueue

    static func path(in folder: String) -> String { "\(folder)/consent.sqlite" }

    /// 2 has the evidence.
    private static let version = 2

    init(folder: String) throws(ConsentError) {
        let path = Self.path(in: folder)
        queue = try Self.attempt("open \(path)") {
            var configuration = Configuration()
            configuration.label = "hearsay.consent"
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            chmod(path, 0o600)
            try queue.writeWithoutTransaction { database in
                // After GRDB's own settings, which would make the journal less durable.
                try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                guard version <= Self.version else {
                    throw ConsentError(.newerVersion, "\(path) was written by a newer version of hearsay")
                }
                try database.execute(sql: Self.schema)
            }
            return queue
        }
    }

    private static let schema = """
        BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS consent (
            id TEXT PRIMARY KEY NOT NULL,
            voice TEXT NOT NULL, subject TEXT NOT NULL, owner INTEGER NOT NULL,
            users TEXT NOT NULL, outputs TEXT NOT NULL, purposes TEXT NOT NULL, languages TEXT NOT NULL,
            seconds_per_day INTEGER NOT NULL, requests_per_hour INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN (\(ConsentState.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")))),
            attempts INTEGER NOT NULL, deadline INTEGER, requested INTEGER NOT NULL, granted INTEGER,
            model TEXT NOT NULL, usage_day INTEGER NOT NULL, usage_seconds INTEGER NOT NULL,
            usage_hour INTEGER NOT NULL, usage_requests INTEGER NOT NULL,
            code BLOB NOT NULL, epoch INTEGER NOT NULL, wrapped_key BLOB NOT NULL, sealed_voice BLOB NOT NULL,
            mac BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL, mac BLOB NOT NULL)
            WITHOUT ROWID;
        \(ConsentEvidence.schema)
        PRAGMA user_version = \(version);
        COMMIT;
        """

    // MARK: Rows

    static func row(_ id: String, _ database: Database, _ key: SymmetricKey) throws -> ConsentRow? {
        try Row.fetchOne(database, sql: "SELECT * FROM consent WHERE id = ?", arguments: [id]).map {
            ConsentRow($0, key)
        }
    }

    static func rows(_ database: Database, _ key: SymmetricKey) throws -> [ConsentRow] {
        try Row.fetchAll(database, sql: "SELECT * FROM consent ORDER BY id").map { ConsentRow($0, key) }
    }

    static func save(_ row: ConsentRow, _ database: Database, _ key: SymmetricKey) throws {
        let columns = row.columns(key)
        let names = columns.map(\.0).joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        try database.execute(
            sql: "INSERT OR REPLACE INTO consent (\(names)) VALUES (\(marks))",
            arguments: StatementArguments(columns.map(\.1)))
    }

    // MARK: Settings

    /// Nil if there is none, and ``ConsentError/Code/recordInvalid`` if it is not what was written.
    static func setting(_ name: String, _ database: Database, _ key: SymmetricKey) throws -> Int? {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM setting WHERE name = ?", arguments: [name])
        else {
            return nil
        }
        let (value, mac) = ((row["value"] as Int?) ?? 0, Array((row["mac"] as Data?) ?? Data()))
        guard mac == code(name, value, key) else {
            throw ConsentError(.recordInvalid, "the setting \(name) of the consents is not what was written")
        }
        return value
    }

    static func set(_ name: String, _ value: Int, _ database: Database, _ key: SymmetricKey) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO setting VALUES (?, ?, ?)",
            arguments: [name, value, Data(code(name, value, key))])
    }

    private static func code(_ name: String, _ value: Int, _ key: SymmetricKey) -> [UInt8] {
        var writer = CanonicalWriter("hearsay consent setting 1")
        writer.add(name)
        writer.add(value)
        return Array(HMAC<SHA256>.authenticationCode(for: writer.bytes, using: key))
    }

    // MARK: Access

    /// One transaction.
    func write<Result>(_ what: String, _ body: (Database) throws -> Result) throws(ConsentError) -> Result {
        try Self.attempt(what) { try queue.write(body) }
    }

    func read<Result>(_ what: String, _ body: (Database) throws -> Result) throws(ConsentError) -> Result {
        try Self.attempt(what) { try queue.read(body) }
    }

    /// Empties the journal into the file, so that nothing that was deleted is left in it.
    func emptyJournal() throws(ConsentError) {
        try Self.attempt("empty the journal of the consents") {
            let isBusy = try queue.writeWithoutTransaction {
                try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)").map { ($0[0] as Int?) ?? 1 } ?? 1
            }
            guard isBusy == 0 else {
                throw ConsentError(.storageFailed, "the journal of the consents is in use by somebody else")
            }
        }
    }

    private static func attempt<Result>(_ what: String, _ body: () throws -> Result) throws(ConsentError) -> Result {
        do {
            return try body()
        } catch let error as ConsentError {
            throw error
        } catch {
            throw ConsentError(.storageFailed, "could not \(what): \(error)")
        }
    }
}
