internal import GRDB
internal import Glibc
internal import Pipelines

/// Which result files belong to which recording, so that no transcript ever replaces another recording's.
extension JobStore {
    /// Settles what the result files of a running job are called, before they are written.
    ///
    /// That is the first of ``TranscriptFiles/names(of:)`` of which every file is missing, or was written for the same
    /// recording: a file of which the store does not know that stays as it is.
    ///
    /// - Returns: the files with their name; nil where none are wanted.
    /// - Throws: ``JobStoreError/Code/wrongState`` if the job does not run any more, ``JobStoreError/Code/resultsInTheWay``
    ///   if no name is left, ``JobStoreError/Code/full`` or ``JobStoreError/Code/failed``.
    func claimResults(of id: Int64) throws(JobStoreError) -> TranscriptFiles? {
        try attempt("settle where the results of job \(id) go") {
            try pool.write { database -> TranscriptFiles? in
                try Self.checkRunning(database, id)
                guard var request = try JobReader.job(database, "id = ?", [id])?.request, let wanted = request.output
                else { return nil }
                let files = try Self.unclaimed(wanted, of: request.path, database)
                for path in files.paths(of: request.path) {
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO result_file (path, job, recording) VALUES (?, ?, ?)",
                        arguments: [path, id, request.path])
                }
                request.output = files
                try database.execute(
                    sql: "UPDATE job SET request = ? WHERE id = ?", arguments: [try JobRow.encode(request), id])
                return files
            }
        }
    }

    private static func unclaimed(
        _ wanted: TranscriptFiles, of recording: String, _ database: Database
    ) throws -> TranscriptFiles {
        var files = wanted
        for name in TranscriptFiles.names(of: recording) {
            files.name = name
            let isFree = try files.paths(of: recording).allSatisfy { path in
                try !exists(path) || isResult(path, of: recording, database)
            }
            if isFree { return files }
        }
        throw JobStoreError(
            .resultsInTheWay,
            "The results of \(recording.debugDescription) would replace others in \(wanted.folder.debugDescription).")
    }

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private static func isResult(_ path: String, of recording: String, _ database: Database) throws -> Bool {
        try Int.fetchOne(
            database, sql: "SELECT 1 FROM result_file WHERE path = ? AND recording = ?", arguments: [path, recording])
            != nil
    }
}

extension TranscriptFiles {
    fileprivate func paths(of recording: String) -> [String] { formats.map { path(recording, $0) } }
}
