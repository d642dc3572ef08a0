internal import Foundation
internal import GRDB
public import Recognition

/// A look at the jobs of a store, which another process may be working with: reads only, and takes no lock.
public struct JobReader: Sendable {
    let database: any DatabaseReader

    init(_ database: any DatabaseReader) {
        self.database = database
    }

    /// Opens the store in `folder` for reading; nil if there is none.
    ///
    /// - Throws: ``JobStoreError/Code/newerVersion`` or ``JobStoreError/Code/failed``.
    public init?(folder: String) throws(JobStoreError) {
        let path = folder + "/jobs.sqlite"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        database = try JobStore.attempt("read the jobs in \(folder)") {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.read(JobSchema.refuseNewer)
            return database
        }
    }

    /// - Parameter owner: the user who asks; nil for one who may see all.
    /// - Throws: ``JobStoreError/Code/unknown``.
    public func job(_ id: Int64, owner: UInt32? = nil) throws(JobStoreError) -> Job {
        let found = try JobStore.attempt("look up job \(id)") {
            try database.read { try Self.job($0, "id = ?", [id]) }
        }
        guard let found, owner == nil || found.owner == owner else { throw Self.unknown(id) }
        return found
    }

    /// Jobs, the newest first.
    ///
    /// - Parameters:
    ///   - owner: whose; nil for all.
    ///   - states: nil for all.
    public func list(
        owner: UInt32? = nil, states: Set<JobState>? = nil, limit: Int = 1_000
    ) throws(JobStoreError) -> [Job] {
        try JobStore.attempt("list jobs") {
            try self.database.read { database in
                var conditions: [String] = []
                var values: [(any DatabaseValueConvertible)?] = []
                if let owner {
                    conditions.append("owner = ?")
                    values.append(Int64(owner))
                }
                if let states {
                    conditions.append("state IN (\(states.map { _ in "?" }.joined(separator: ", ")))")
                    for state in states { values.append(state.rawValue) }
                }
                let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
                values.append(max(0, limit))
                return try Row.fetchAll(
                    database, sql: "SELECT * FROM job \(filter) ORDER BY id DESC LIMIT ?",
                    arguments: StatementArguments(values)
                ).map(JobRow.job)
            }
        }
    }

    /// What is transcribed of a job so far, or all of it once it is done.
    ///
    /// - Returns: the transcript; of an unfinished job the segments that are stored, joined to its text.
    /// - Throws: ``JobStoreError/Code/unknown``.
    public func transcript(of id: Int64, owner: UInt32? = nil) throws(JobStoreError) -> Transcript {
        let job = try self.job(id, owner: owner)
        return try JobStore.attempt("read the transcript of job \(id)") {
            try self.database.read { database in
                let segments = try Self.segments(database, of: id)
                let row = try Row.fetchOne(
                    database, sql: "SELECT text, duration FROM job WHERE id = ?", arguments: [id])
                let text: Data? = row.flatMap { $0["text"] as Data? }
                let duration: Double? = row.flatMap { $0["duration"] as Double? }
                return Transcript(
                    task: job.request.options.task, language: job.language ?? "",
                    duration: duration ?? job.seconds,
                    text: text.map { String(decoding: $0, as: UTF8.self) } ?? segments.map(\.text).joined(),
                    segments: segments)
            }
        }
    }

    static func job(_ database: Database, _ condition: String, _ arguments: StatementArguments) throws -> Job? {
        try Row.fetchOne(database, sql: "SELECT * FROM job WHERE \(condition)", arguments: arguments)
            .map(JobRow.job)
    }

    static func segments(_ database: Database, of id: Int64) throws -> [Segment] {
        try Data.fetchAll(
            database, sql: "SELECT segments FROM job_window WHERE job = ? ORDER BY number", arguments: [id]
        ).flatMap { try JobRow.decode([Segment].self, from: $0) }
    }

    static func unknown(_ id: Int64) -> JobStoreError {
        JobStoreError(.unknown, "There is no job \(id); 'hearsay jobs list' shows those there are.")
    }
}
