internal import Foundation
internal import GRDB
internal import Glibc
public import Recognition
internal import Tensors

/// What people and programs ask of the store.
extension JobStore {
    /// Adds a job; when this returns, no crash can lose it.
    ///
    /// - Parameters:
    ///   - owner: the user who adds it, and who may ask for it.
    ///   - key: whoever gives a key twice gets the first job again, so that an answer that got lost can be asked for
    ///     again.
    /// - Throws: ``JobStoreError/Code/requestInvalid`` if the recording is not a regular file,
    ///   ``JobStoreError/Code/full`` or ``JobStoreError/Code/failed``.
    @discardableResult
    public func add(_ request: JobRequest, owner: UInt32, key: String? = nil) throws(JobStoreError) -> Job {
        let source = try SourceStamp(path: request.path)
        let (job, isNew) = try attempt("add a job") {
            let encoded = try JobRow.encode(request)
            return try pool.write { database -> (Job, Bool) in
                if let key, let known = try JobReader.job(database, "owner = ? AND key = ?", [Int64(owner), key]) {
                    return (known, false)
                }
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        INSERT INTO job
                            (owner, key, request, priority, source_size, source_modified, state, created)
                        VALUES (?, ?, ?, ?, ?, ?, 'queued', ?) RETURNING *
                        """,
                    arguments: [
                        Int64(owner), key, encoded, request.priority, source.size, source.modified, Self.now,
                    ])
                guard let row else { throw JobStoreError(.failed, "The database gave no job back.") }
                return (try JobRow.job(row), true)
            }
        }
        if isNew { broadcast.send(.job(job)) }
        return job
    }

    /// - Parameter owner: the user who asks; nil for one who may see all.
    /// - Throws: ``JobStoreError/Code/unknown``.
    public func job(_ id: Int64, owner: UInt32? = nil) throws(JobStoreError) -> Job {
        withPause(try reader.job(id, owner: owner))
    }

    /// Jobs, the newest first; see ``JobReader/list(owner:states:limit:)``.
    public func list(
        owner: UInt32? = nil, states: Set<JobState>? = nil, limit: Int = 1_000
    ) throws(JobStoreError) -> [Job] {
        try reader.list(owner: owner, states: states, limit: limit).map(withPause)
    }

    /// What is transcribed of a job; see ``JobReader/transcript(of:owner:)``.
    public func transcript(of id: Int64, owner: UInt32? = nil) throws(JobStoreError) -> Transcript {
        try reader.transcript(of: id, owner: owner)
    }

    /// Ends a job for good; one that runs stops between two tokens. What is transcribed stays readable.
    ///
    /// - Throws: ``JobStoreError/Code/unknown``, or ``JobStoreError/Code/wrongState`` if it has ended already.
    @discardableResult
    public func cancel(_ id: Int64, owner: UInt32? = nil) throws(JobStoreError) -> Job {
        let job = try change(id, owner, from: [.queued, .running, .paused], "cancelled") {
            (sql: "state = 'cancelled', finished = ?", arguments: [Self.now])
        }
        interrupt(id)
        return job
    }

    /// Puts a failed or cancelled job into the queue again. It goes on where it was, unless its recording has changed:
    /// then it begins anew.
    ///
    /// - Throws: ``JobStoreError/Code/unknown``, ``JobStoreError/Code/requestInvalid`` if the recording is gone, or
    ///   ``JobStoreError/Code/wrongState``.
    @discardableResult
    public func retry(_ id: Int64, owner: UInt32? = nil) throws(JobStoreError) -> Job {
        let job = try self.job(id, owner: owner)
        guard job.state == .failed || job.state == .cancelled else {
            throw Self.wrongState(job, "tried again")
        }
        let source = try SourceStamp(path: job.request.path)
        let changed = try attempt("try job \(id) again") {
            try pool.write { database -> Job? in
                let arguments: StatementArguments = [id, source.size, source.modified]
                try database.execute(
                    sql: """
                        DELETE FROM job_window WHERE job IN
                            (SELECT id FROM job WHERE id = ? AND (source_size, source_modified) IS NOT (?, ?))
                        """, arguments: arguments)
                try database.execute(
                    sql: """
                        UPDATE job SET windows = 0, seconds = 0, total_seconds = NULL, cursor = NULL, language = NULL
                        WHERE id = ? AND (source_size, source_modified) IS NOT (?, ?)
                        """, arguments: arguments)
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'queued', reason_code = NULL, reason_message = NULL, attempts = 0,
                            finished = NULL, source_size = ?, source_modified = ?
                        WHERE id = ? AND state IN ('failed', 'cancelled')
                        """, arguments: [source.size, source.modified, id])
                return try JobReader.job(database, "id = ?", [id])
            }
        }
        guard let changed else { throw JobReader.unknown(id) }
        broadcast.send(.job(changed))
        return changed
    }

    /// Removes a job and what was transcribed of it; one that runs is cancelled by that. Files that were written stay.
    ///
    /// - Throws: ``JobStoreError/Code/unknown``.
    public func remove(_ id: Int64, owner: UInt32? = nil) throws(JobStoreError) {
        _ = try job(id, owner: owner)
        try attempt("remove job \(id)") {
            try pool.write { try $0.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [id]) }
        }
        forgetLog()
        interrupt(id)
        broadcast.send(.removed(id: id))
    }

    /// Removes the jobs that ended longer ago than ``Options/retention``; returns how many.
    @discardableResult
    public func removeExpired() throws(JobStoreError) -> Int {
        guard let retention = options.retention, retention.isFinite else { return 0 }
        let limit = Self.now - Int64(min(max(retention, 0), 1e12) * 1_000)
        let expired = try attempt("remove old jobs") {
            try pool.write { database in
                try Int64.fetchAll(
                    database, sql: "DELETE FROM job WHERE finished IS NOT NULL AND finished < ? RETURNING id",
                    arguments: [limit])
            }
        }
        if !expired.isEmpty { forgetLog() }
        for id in expired { broadcast.send(.removed(id: id)) }
        return expired.count
    }

    /// Empties the write-ahead log, in which removed text would stay until others have written over it. Somebody who reads
    /// meanwhile, or a full disk, leaves that to the next time.
    private func forgetLog() {
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    /// What happens from now on. A listener that lags behind misses the oldest changes.
    public func changes() -> AsyncStream<JobChange> {
        broadcast.listen()
    }

    /// Why the queue waits; nil while it does not.
    public var pauseReason: JobReason? {
        pause.withLock { $0?.reason }
    }

    // MARK: - Shared

    static func wrongState(_ job: Job, _ what: String) -> JobStoreError {
        JobStoreError(.wrongState, "Job \(job.id) is \(job.state.rawValue) and cannot be \(what).")
    }

    /// Changes a job that is in one of some states.
    func change(
        _ id: Int64, _ owner: UInt32?, from states: Set<JobState>, _ what: String,
        _ assignment: () throws -> (sql: String, arguments: StatementArguments)
    ) throws(JobStoreError) -> Job {
        let job = try attempt("change job \(id)") {
            let (sql, arguments) = try assignment()
            return try pool.write { database -> Job? in
                guard let job = try JobReader.job(database, "id = ?", [id]), owner == nil || job.owner == owner else {
                    return nil
                }
                guard states.contains(job.state) else { throw Self.wrongState(job, what) }
                try database.execute(
                    sql: "UPDATE job SET \(sql) WHERE id = ?", arguments: arguments + StatementArguments([id]))
                return try JobReader.job(database, "id = ?", [id])
            }
        }
        guard let job else { throw JobReader.unknown(id) }
        broadcast.send(.job(job))
        return job
    }

    private func interrupt(_ id: Int64) {
        interrupts.withLock { $0[id] }?()
    }

    /// A full disk cannot be told that a job waits for it.
    private func withPause(_ job: Job) -> Job {
        guard job.state == .running, let pause = pause.withLock({ $0 }), pause.job == job.id else { return job }
        var job = job
        job.state = .paused
        job.reason = pause.reason
        return job
    }
}

/// What tells one state of a recording from another without reading it.
struct SourceStamp: Equatable {
    let size: Int64
    /// Nanoseconds since 1970.
    let modified: Int64

    /// - Throws: ``JobStoreError/Code/requestInvalid`` for anything but an absolute path of a regular file.
    init(path: String) throws(JobStoreError) {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw JobStoreError(.requestInvalid, "\(path.debugDescription) is not an absolute path.")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw JobStoreError(
                .requestInvalid, "\(path.debugDescription) cannot be added: \(String(cString: strerror(errno))).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw JobStoreError(.requestInvalid, "\(path.debugDescription) is not a regular file.")
        }
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    }
}
