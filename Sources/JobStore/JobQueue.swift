internal import Foundation
internal import GRDB
public import Recognition

/// A window whose transcription is final, as it is stored.
public struct JobWindow: Sendable, Equatable {
    public var summary: WindowSummary
    public var segments: [Segment]

    public init(summary: WindowSummary, segments: [Segment]) {
        self.summary = summary
        self.segments = segments
    }
}

/// A job that was taken from the queue, and what is known of it.
public struct ClaimedJob: Sendable {
    public var job: Job
    /// Where it goes on; nil for the beginning.
    public var checkpoint: TranscriptionCheckpoint?
    /// Its recording is another than it was when the job was added.
    public var sourceHasChanged: Bool
}

/// What whoever works off the queue asks of the store.
extension JobStore {
    /// Takes the next job: the one of the highest priority, of several users' the one whose user was served longest ago,
    /// of those the oldest. The attempt counts from now on, whatever becomes of it.
    public func claimNext() throws(JobStoreError) -> ClaimedJob? {
        let claimed = try attempt("take the next job") {
            try pool.write { database -> ClaimedJob? in
                guard
                    let row = try Row.fetchOne(database, sql: Self.claim, arguments: [Self.now])
                else { return nil }
                let job = try JobRow.job(row)
                let cursor: Data? = row["cursor"]
                let checkpoint = try cursor.map {
                    TranscriptionCheckpoint(
                        cursor: try JobRow.decode(TranscriptionCursor.self, from: $0),
                        segments: try JobReader.segments(database, of: job.id))
                }
                let source = try? SourceStamp(path: job.request.path)
                // What cannot be looked at fails with better words when it is opened.
                let isSame = source.map { $0.size == row["source_size"] && $0.modified == row["source_modified"] }
                return ClaimedJob(job: job, checkpoint: checkpoint, sourceHasChanged: isSame == false)
            }
        }
        if let claimed { broadcast.send(.job(claimed.job)) }
        return claimed
    }

    private static let claim = """
        UPDATE job SET state = 'running', attempts = attempts + 1, started = ?
        WHERE id = (
            SELECT candidate.id FROM job AS candidate
            JOIN (
                SELECT waiting.owner, (SELECT max(served.started) FROM job AS served
                    WHERE served.owner = waiting.owner) AS turn
                FROM (SELECT DISTINCT owner FROM job WHERE state = 'queued') AS waiting
            ) AS users ON users.owner = candidate.owner
            WHERE candidate.state = 'queued'
            ORDER BY candidate.priority DESC, users.turn ASC, candidate.id ASC LIMIT 1
        ) RETURNING *
        """

    /// Whether a job that would go before one of this priority waits.
    public func hasWork(above priority: Int) throws(JobStoreError) -> Bool {
        try attempt("look at the queue") {
            try pool.read { database in
                try Int.fetchOne(
                    database, sql: "SELECT 1 FROM job WHERE state = 'queued' AND priority > ? LIMIT 1",
                    arguments: [priority]) != nil
            }
        }
    }

    /// Stores windows of a running job and where it goes on behind them, in one transaction: after a crash they are all
    /// there or none is.
    ///
    /// - Parameter number: the first window's, from 0; a number that is taken is refused.
    /// - Throws: ``JobStoreError/Code/wrongState`` if the job does not run any more (it was cancelled or removed),
    ///   ``JobStoreError/Code/full`` or ``JobStoreError/Code/failed``.
    public func commit(
        _ windows: [JobWindow], from number: Int, cursor: TranscriptionCursor, seconds: Double,
        totalSeconds: Double?, of id: Int64
    ) throws(JobStoreError) {
        try attempt("store what was transcribed of job \(id)") {
            try pool.write { database in
                try Self.checkRunning(database, id)
                for (index, window) in windows.enumerated() {
                    try database.execute(
                        sql: """
                            INSERT INTO job_window
                                (job, number, starts, ends, temperature, no_speech_probability, is_skipped, segments)
                            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                            """,
                        arguments: [
                            id, number + index, window.summary.start, window.summary.end, window.summary.temperature,
                            window.summary.noSpeechProbability, window.summary.isSkipped,
                            try JobRow.encode(window.segments),
                        ])
                }
                // The window behind these has seen one attempt: this one.
                try database.execute(
                    sql: """
                        UPDATE job SET cursor = ?, language = ?, windows = ?, seconds = ?, total_seconds = ?,
                            attempts = 1
                        WHERE id = ?
                        """,
                    arguments: [
                        try JobRow.encode(cursor), cursor.language, number + windows.count, seconds, totalSeconds, id,
                    ])
            }
        }
        for segment in windows.flatMap(\.segments) { broadcast.send(.segment(id: id, segment)) }
        broadcast.send(.progress(id: id, seconds: seconds, totalSeconds: totalSeconds))
    }

    /// Ends a running job with its transcript, whose segments are stored already.
    ///
    /// - Throws: ``JobStoreError/Code/wrongState``, ``JobStoreError/Code/full`` or ``JobStoreError/Code/failed``.
    public func finish(_ id: Int64, _ transcript: Transcript, warnings: [String]) throws(JobStoreError) {
        let job = try attempt("store the transcript of job \(id)") {
            let encoded = try JobRow.encode(warnings)
            return try pool.write { database -> Job? in
                try Self.checkRunning(database, id)
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'done', language = ?, duration = ?, text = ?, warnings = ?,
                            seconds = ?, total_seconds = ?, finished = ?
                        WHERE id = ?
                        """,
                    arguments: [
                        transcript.language, transcript.duration, Data(transcript.text.utf8), encoded,
                        transcript.duration, transcript.duration, Self.now, id,
                    ])
                return try JobReader.job(database, "id = ?", [id])
            }
        }
        if let job { broadcast.send(.job(job)) }
    }

    /// Ends a running job without success.
    ///
    /// - Parameter mayPass: whether another attempt may end otherwise; the job then goes back into the queue, unless it
    ///   has had its last one.
    @discardableResult
    public func fail(_ id: Int64, _ reason: JobReason, mayPass: Bool = false) throws(JobStoreError) -> Job {
        let attempts = options.attempts
        return try change(id, nil, from: [.running], "failed") {
            (
                sql: """
                state = CASE WHEN ? AND attempts < ? THEN 'queued' ELSE 'failed' END,
                finished = CASE WHEN ? AND attempts < ? THEN NULL ELSE ? END,
                reason_code = ?, reason_message = ?
                """,
                arguments: [mayPass, attempts, mayPass, attempts, Self.now, reason.code, reason.message]
            )
        }
    }

    /// Puts a running job back into the queue as if it had not been taken: this program ends, or others go first.
    public func release(_ id: Int64) throws(JobStoreError) {
        _ = try change(id, nil, from: [.running], "put back") {
            (sql: "state = 'queued', attempts = max(0, attempts - 1)", arguments: [])
        }
    }

    /// Whether a job still runs; it does not once it was cancelled or removed.
    public func isRunning(_ id: Int64) throws(JobStoreError) -> Bool {
        try attempt("look up job \(id)") {
            try pool.read { database in
                try String.fetchOne(database, sql: "SELECT state FROM job WHERE id = ?", arguments: [id])
                    == JobState.running.rawValue
            }
        }
    }

    static func checkRunning(_ database: Database, _ id: Int64) throws {
        guard let job = try JobReader.job(database, "id = ?", [id]) else { throw JobReader.unknown(id) }
        guard job.state == .running else { throw wrongState(job, "gone on with") }
    }

    /// What was running when the last process ended goes back into the queue, unless it is what ends processes.
    func recover() throws(JobStoreError) {
        let attempts = options.attempts
        try attempt("take up the jobs of the last run") {
            try pool.write { database in
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'failed', finished = ?, reason_code = ?,
                            reason_message = 'Each of ' || attempts || ' attempts at window ' || (windows + 1)
                                || ' ended the program.'
                                || coalesce(' Before that: ' || reason_message, '')
                        WHERE state IN ('running', 'paused') AND attempts >= ?
                        """,
                    arguments: [Self.now, JobStoreError.Code.crashedRepeatedly.rawValue, attempts])
                try database.execute(sql: "UPDATE job SET state = 'queued' WHERE state IN ('running', 'paused')")
            }
        }
    }
}
