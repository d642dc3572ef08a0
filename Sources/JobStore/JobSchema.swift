internal import GRDB

/// The tables, as the steps that make them from those of every earlier version.
enum JobSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: jobs and their windows") { database in
            try database.execute(sql: jobsAndWindows)
        }
        migrator.registerMigration("2: files seen in watched folders") { database in
            try database.execute(sql: seenFiles)
        }
        migrator.registerMigration("3: whose the result files are") { database in
            try database.execute(sql: resultFiles)
        }
        return migrator
    }

    /// - Throws: ``JobStoreError/Code/newerVersion`` for tables that a later version made.
    static func refuseNewer(_ database: Database) throws {
        guard try migrator.hasBeenSuperseded(database) else { return }
        throw JobStoreError(
            .newerVersion, "The jobs were stored by a newer version of hearsay; this one leaves them as they are.")
    }

    /// AUTOINCREMENT: the number of a removed job must not come back as another one. The cursor and the windows up to it
    /// change in one transaction, and a window has one place only, so that none can be lost or stored twice.
    private static let jobsAndWindows = """
        CREATE TABLE job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            owner INTEGER NOT NULL,
            key TEXT,
            request BLOB NOT NULL,
            priority INTEGER NOT NULL,
            source_size INTEGER NOT NULL,
            source_modified INTEGER NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('queued', 'running', 'paused', 'done', 'failed', 'cancelled')),
            reason_code TEXT,
            reason_message TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            windows INTEGER NOT NULL DEFAULT 0,
            seconds REAL NOT NULL DEFAULT 0,
            total_seconds REAL,
            cursor BLOB,
            language TEXT,
            duration REAL,
            text BLOB,
            warnings BLOB,
            created INTEGER NOT NULL,
            started INTEGER,
            finished INTEGER,
            UNIQUE (owner, key)
        ) STRICT;
        CREATE INDEX job_queue ON job (state, priority DESC, id);
        CREATE INDEX job_turns ON job (owner, started);
        CREATE TABLE job_window (
            job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            starts REAL NOT NULL,
            ends REAL NOT NULL,
            temperature REAL NOT NULL,
            no_speech_probability REAL,
            is_skipped INTEGER NOT NULL,
            segments BLOB NOT NULL,
            PRIMARY KEY (job, number)
        ) STRICT, WITHOUT ROWID;
        """

    private static let resultFiles = """
        CREATE TABLE result_file (
            path TEXT PRIMARY KEY,
            job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
            recording TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX result_file_job ON result_file (job);
        """

    private static let seenFiles = """
        CREATE TABLE seen_file (
            folder TEXT NOT NULL,
            name TEXT NOT NULL,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            PRIMARY KEY (folder, name)
        ) STRICT, WITHOUT ROWID;
        """
}
