internal import GRDB
import Glibc
internal import Tensors

/// Jobs on disk: what is acknowledged here is there after a crash of this program, of the machine, or a loss of power.
///
/// A SQLite database with a write-ahead log that is flushed at every commit. One process has it at a time, and one
/// connection of it writes. Methods block their thread for a flush of the disk, some milliseconds, and may be called
/// from any.
public final class JobStore: Sendable {
    public struct Options: Sendable {
        /// Attempts at the same window that end this program, or fail in a way that may pass, before the job has failed.
        public var attempts = 3
        /// How long finished jobs are kept, in seconds; nil for ever.
        public var retention: Double?

        public init() {}
    }

    public let folder: String
    private let settings: Locked<Options>
    let pool: DatabasePool
    let broadcast = JobBroadcast()
    /// Why the queue waits, which a full disk cannot be told.
    let pause = Locked<(job: Int64?, reason: JobReason)?>(nil)
    /// Stops what runs, by the job's number.
    let interrupts = Locked<[Int64: @Sendable () -> Void]>([:])
    private let lock: StoreLock

    var reader: JobReader { JobReader(pool) }

    /// Opens the store in `folder`, making it if there is none, and puts the jobs that were running back into the queue.
    ///
    /// - Throws: ``JobStoreError/Code/locked``, ``JobStoreError/Code/newerVersion``, ``JobStoreError/Code/full`` or
    ///   ``JobStoreError/Code/failed``.
    public init(folder: String, options: Options = Options()) throws(JobStoreError) {
        self.folder = folder
        settings = Locked(options)
        try Self.makeFolder(folder)
        lock = try StoreLock(folder + "/jobs.lock")
        pool = try Self.attempt("open the jobs in \(folder)") { try Self.openPool(folder + "/jobs.sqlite") }
        try recover()
        try removeExpired()
    }

    /// What holds for the next attempt, and the next look for expired jobs.
    public var options: Options {
        get { settings.withLock { $0 } }
        set { settings.withLock { $0 = newValue } }
    }

    /// The settings that durability rests on, as the writing connection has them.
    ///
    /// - Returns: SQLite's `journal_mode`, `synchronous` (2 is FULL) and `foreign_keys`.
    public func durability() throws(JobStoreError) -> (journalMode: String, synchronous: Int, foreignKeys: Int) {
        try attempt("ask for the store's settings") { [pool] in
            try pool.writeWithoutTransaction { try Self.settings($0) }
        }
    }

    private static func settings(
        _ database: Database
    ) throws -> (journalMode: String, synchronous: Int, foreignKeys: Int) {
        (
            try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "",
            try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? -1,
            try Int.fetchOne(database, sql: "PRAGMA foreign_keys") ?? -1
        )
    }

    private static func openPool(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "hearsay.jobs"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // What was said in a removed recording is gone from the file, too.
            try database.execute(sql: "PRAGMA secure_delete = ON")
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        chmod(path, 0o600)
        try pool.read(JobSchema.refuseNewer)
        try fullySynchronous(pool)
        try JobSchema.migrator.migrate(pool)
        return pool
    }

    /// The pool sets NORMAL after everything that a configuration could set, and NORMAL loses the last commits when the
    /// power goes.
    private static func fullySynchronous(_ pool: DatabasePool) throws {
        let found = try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // 400 kB of log, not SQLite's 4 MB: what is left on a disk that fills up is for recordings.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 100")
            return try Self.settings(database)
        }
        guard found.journalMode == "wal", found.synchronous == 2, found.foreignKeys == 1 else {
            throw JobStoreError(.failed, "SQLite refuses the settings that make jobs durable: \(found).")
        }
    }

    private static func makeFolder(_ path: String) throws(JobStoreError) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/\(part)"
            guard mkdir(prefix, 0o700) == 0 || errno == EEXIST else {
                throw JobStoreError(system: "make \(path)")
            }
        }
    }

    func attempt<Result>(_ what: String, _ body: () throws -> Result) throws(JobStoreError) -> Result {
        try Self.attempt(what, body)
    }

    /// Gives the database's errors our names.
    static func attempt<Result>(_ what: String, _ body: () throws -> Result) throws(JobStoreError) -> Result {
        do {
            return try body()
        } catch let error as JobStoreError {
            throw error
        } catch let error as DatabaseError where isFull(error) {
            throw JobStoreError(
                .full, "Could not \(what): the disk is full, or files may not grow.", cause: error)
        } catch {
            throw JobStoreError(.failed, "Could not \(what): \(error).", cause: error)
        }
    }

    /// A limit on file sizes and some network file systems make a full disk look like a failing one.
    private static func isFull(_ error: DatabaseError) -> Bool {
        switch error.extendedResultCode {
        case .SQLITE_FULL, .SQLITE_IOERR_WRITE, .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_TRUNCATE:
            true
        default: error.resultCode == .SQLITE_FULL
        }
    }

    /// Milliseconds since 1970.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
