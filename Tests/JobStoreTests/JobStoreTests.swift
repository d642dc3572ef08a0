import Foundation
import GRDB
import Recognition
import TestSupport
import Testing

@testable import JobStore

@Suite struct JobStoreTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func code(_ body: () throws -> Void) -> JobStoreError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? JobStoreError)?.code
        }
    }

    /// GRDB's pool asks for less by itself.
    @Test func theWriterFlushesEveryCommit() throws {
        let store = try JobStore(folder: folder.store)
        let settings = try store.durability()
        #expect(settings.journalMode == "wal")
        #expect(settings.synchronous == 2)
        #expect(settings.foreignKeys == 1)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.store + "/jobs.sqlite")[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    /// A window is stored, and flushed to the disk, sooner than anybody notices.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] != nil,
            "measures times: HEARSAY_LOAD_TESTS=1 Scripts/test --filter storingAWindowTakesMilliseconds"))
    func storingAWindowTakesMilliseconds() throws {
        let store = try JobStore(folder: folder.store)
        let id = try store.add(folder.request(), owner: 0).id
        _ = try store.claimNext()
        let times = try (0..<1_000).map { number in try ContinuousClock().measure { try store.commit(number, of: id) } }
        let sorted = times.sorted()
        print("storing a window: p50 \(sorted[500]), p99 \(sorted[990]), worst \(sorted[999])")
        #expect(sorted[990] <= .milliseconds(10))
    }

    @Test func oneProcessAtATime() throws {
        var store: JobStore? = try JobStore(folder: folder.store)
        #expect(code { _ = try JobStore(folder: folder.store) } == .locked)
        // Looking is allowed.
        #expect(try JobReader(folder: folder.store)?.list().isEmpty == true)
        #expect(store != nil)
        store = nil
        #expect(code { _ = try JobStore(folder: folder.store) } == nil)
        #expect(try JobReader(folder: folder.path + "/none") == nil)
    }

    @Test func aJobLivesItsLife() throws {
        let opened = try OpenStore(folder.store)
        var request = try folder.request()
        request.options.initialPrompt = "Grüße"
        request.options.noSpeechThreshold = nil
        let added = try opened.store.add(request, owner: 1_000)
        #expect(added.state == .queued)
        #expect(added.request == request)
        let claimed = try #require(try opened.store.claimNext())
        #expect(claimed.job.id == added.id)
        #expect(claimed.job.state == .running)
        #expect(claimed.job.attempts == 1)
        #expect(claimed.checkpoint == nil)
        #expect(!claimed.sourceHasChanged)
        #expect(try opened.store.claimNext() == nil)
        try opened.store.commit(0, of: added.id)
        try opened.store.commit(1, of: added.id)

        try opened.reopen()
        let again = try #require(try opened.store.claimNext())
        let segments = (0..<2).flatMap { window($0).segments }
        #expect(again.checkpoint == TranscriptionCheckpoint(cursor: cursor(2), segments: segments))
        #expect(again.job.windows == 2)
        #expect(again.job.seconds == 60)
        #expect(again.job.totalSeconds == 95)
        let transcript = Transcript(
            language: "en", duration: 95, text: "all\u{0}", segments: again.checkpoint?.segments ?? [])
        try opened.store.finish(added.id, transcript, warnings: ["odd"])
        let done = try opened.store.job(added.id)
        #expect(done.state == .done)
        #expect(done.warnings == ["odd"])
        #expect(try opened.store.transcript(of: added.id) == transcript)
        #expect(try JobReader(folder: folder.store)?.transcript(of: added.id) == transcript)
    }

    @Test func aWindowHasOnePlace() throws {
        let store = try JobStore(folder: folder.store)
        let id = try store.add(folder.request(), owner: 0).id
        _ = try store.claimNext()
        try store.commit(0, of: id)
        #expect(code { try store.commit(0, of: id) } == .failed)
        // The transaction that failed has changed nothing.
        #expect(try store.job(id).windows == 1)
        #expect(try store.transcript(of: id).segments.count == 1)
    }

    @Test func aKeyAddsOnce() throws {
        let store = try JobStore(folder: folder.store)
        let first = try store.add(folder.request(), owner: 1, key: "k")
        #expect(try store.add(folder.request(), owner: 1, key: "k").id == first.id)
        #expect(try store.add(folder.request(), owner: 2, key: "k").id != first.id)
        #expect(try store.add(folder.request(), owner: 1).id != first.id)
        #expect(try store.list().count == 3)
        #expect(try store.list(owner: 2).count == 1)
        #expect(try store.list(states: [.done]).isEmpty)
    }

    @Test func turnsGoByPriorityThenUserThenAge() throws {
        let store = try JobStore(folder: folder.store)
        let many = try (0..<3).map { _ in try store.add(folder.request(), owner: 1).id }
        let other = try store.add(folder.request(), owner: 2).id
        let urgent = try store.add(folder.request(priority: 5), owner: 1).id
        #expect(try store.hasWork(above: 0))
        #expect(try !store.hasWork(above: 5))
        var order: [Int64] = []
        while let next = try store.claimNext() {
            order.append(next.job.id)
            // Turns are told apart by the millisecond.
            usleep(2_000)
        }
        #expect(order == [urgent, other] + many)
    }

    /// A queue that one user has filled delays another's job by no more than the job that runs.
    @Test func whoFillsTheQueueDelaysNobody() throws {
        let count = ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] == nil ? 200 : 10_000
        let store = try JobStore(folder: folder.store)
        for _ in 0..<count { _ = try store.add(folder.request(), owner: 1) }
        let running = try #require(try store.claimNext())
        #expect(running.job.owner == 1)
        usleep(2_000)
        let other = try store.add(folder.request(), owner: 2).id
        let start = ContinuousClock.now
        #expect(try store.claimNext()?.job.id == other)
        print("the next of \(count) jobs was found in \(ContinuousClock.now - start)")
    }

    @Test func whatCrashesThreeTimesHasFailed() throws {
        let opened = try OpenStore(folder.store)
        let id = try opened.store.add(folder.request(), owner: 0).id
        _ = try opened.store.claimNext()
        try opened.store.commit(0, of: id)
        for attempt in 2...3 {
            try opened.reopen()
            #expect(try opened.store.claimNext()?.job.attempts == attempt)
        }
        try opened.reopen()
        let job = try opened.store.job(id)
        #expect(job.state == .failed)
        #expect(job.reason?.code == "job.crashed_repeatedly")
        #expect(job.reason?.message == "Each of 3 attempts at window 2 ended the program.")
        #expect(try opened.store.claimNext() == nil)
        // What there is stays, and a retry goes on there.
        let retried = try opened.store.retry(id)
        #expect(retried.state == .queued)
        #expect(retried.reason == nil)
        #expect(try opened.store.claimNext()?.checkpoint?.cursor == cursor(1))
    }

    @Test func errorsThatMayPassAreTriedAgain() throws {
        let store = try JobStore(folder: folder.store)
        let id = try store.add(folder.request(), owner: 0).id
        let reason = JobReason(code: "audio.read_failed", message: "no")
        for expected in [JobState.queued, .queued, .failed] {
            _ = try store.claimNext()
            #expect(try store.fail(id, reason, mayPass: true).state == expected)
        }
        #expect(try store.job(id).reason == reason)
        try store.retry(id)
        _ = try store.claimNext()
        #expect(try store.fail(id, reason).state == .failed)
        // How often may change.
        store.options.attempts = 1
        try store.retry(id)
        _ = try store.claimNext()
        #expect(try store.fail(id, reason, mayPass: true).state == .failed)
    }

    /// A program that ends in good order gives back the attempt.
    @Test func beingPutBackIsNoAttempt() throws {
        let store = try JobStore(folder: folder.store)
        let id = try store.add(folder.request(), owner: 0).id
        for _ in 0..<5 {
            #expect(try store.claimNext()?.job.attempts == 1)
            try store.release(id)
        }
    }

    @Test func cancelledAndRemovedJobsTakeNothingMore() throws {
        let store = try JobStore(folder: folder.store)
        let id = try store.add(folder.request(), owner: 7).id
        _ = try store.claimNext()
        try store.commit(0, of: id)
        #expect(code { try store.cancel(id, owner: 8) } == .unknown)
        #expect(try store.cancel(id, owner: 7).state == .cancelled)
        #expect(code { try store.commit(1, of: id) } == .wrongState)
        #expect(code { try store.cancel(id) } == .wrongState)
        #expect(try store.transcript(of: id).segments.count == 1)
        try store.remove(id)
        #expect(code { try store.remove(id) } == .unknown)
        #expect(code { try store.commit(1, of: id) } == .unknown)
        #expect(try store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM job_window") } == 0)
        // Its number is not given again.
        #expect(try store.add(folder.request(), owner: 7).id > id)
    }

    @Test func aChangedRecordingIsNoticed() throws {
        let store = try JobStore(folder: folder.store)
        let id = try store.add(folder.request(), owner: 0).id
        _ = try store.claimNext()
        try store.commit(0, of: id)
        try store.release(id)
        try folder.write("a.wav", Array("something else".utf8))
        #expect(try store.claimNext()?.sourceHasChanged == true)
        try store.fail(id, JobReason(code: "job.source_changed", message: ""))
        // Tried again, it is another recording from its beginning.
        try store.retry(id)
        let claimed = try #require(try store.claimNext())
        #expect(!claimed.sourceHasChanged)
        #expect(claimed.checkpoint == nil)
        #expect(try store.transcript(of: id).segments.isEmpty)
    }

    @Test func onlyFilesCanBeAdded() throws {
        let store = try JobStore(folder: folder.store)
        for path in ["", "relative.wav", folder.path, folder.path + "/none.wav", "/dev/zero", "/a\u{0}b"] {
            #expect(code { try store.add(JobRequest(path: path), owner: 0) } == .requestInvalid)
        }
    }

    @Test func oldJobsGo() throws {
        var options = JobStore.Options()
        options.retention = 0
        let store = try JobStore(folder: folder.store, options: options)
        let ids = try (0..<2).map { _ in try store.add(folder.request(), owner: 0).id }
        try store.cancel(ids[0])
        usleep(2_000)
        #expect(try store.removeExpired() == 1)
        #expect(try store.list().map(\.id) == [ids[1]])
    }

    @Test func listenersHearWhatHappens() async throws {
        let store = try JobStore(folder: folder.store)
        var changes = store.changes().makeAsyncIterator()
        let id = try store.add(folder.request(), owner: 0).id
        _ = try store.claimNext()
        try store.commit(0, of: id)
        try store.remove(id)
        guard case .job(let added) = await changes.next(), case .job(let running) = await changes.next() else {
            Issue.record("no job was told of")
            return
        }
        #expect(added.state == .queued)
        #expect(running.state == .running)
        #expect(await changes.next() == .segment(id: id, window(0).segments[0]))
        #expect(await changes.next() == .progress(id: id, seconds: 30, totalSeconds: 95))
        #expect(await changes.next() == .removed(id: id))
    }
}

@Suite struct JobMigrationTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.store, withIntermediateDirectories: true)
    }

    /// A store of the first version, with a job in the middle of its work, as its SQL wrote it.
    @Test func theFirstVersionOpens() throws {
        let path = folder.path + "/x.wav"
        do {
            let database = try DatabaseQueue(path: folder.store + "/jobs.sqlite")
            try JobSchema.migrator.migrate(database, upTo: "1: jobs and their windows")
            try database.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO job (owner, request, priority, source_size, source_modified, state, attempts,
                            windows, cursor, created)
                        VALUES (5, ?, 1, 2, 3, 'running', 1, 1, ?, 4)
                        """,
                    arguments: [
                        Data(#"{"path":"\#(path)","options":{"beam_size":null,"language":"en"},"priority":1}"#.utf8),
                        Data(#"{"language":"en","clip":0,"seek":3000,"promptStart":1,"lastSpeech":0.5}"#.utf8),
                    ])
                try database.execute(
                    sql: "INSERT INTO job_window VALUES (1, 0, 0, 30, 0, 0.5, 0, ?)", arguments: [Data("[]".utf8)])
            }
            try database.close()
        }
        let store = try JobStore(folder: folder.store)
        #expect(try store.durability().synchronous == 2)
        let claimed = try #require(try store.claimNext())
        #expect(claimed.job.request.path == path)
        #expect(claimed.job.request.options.language == "en")
        #expect(claimed.job.request.options.temperatures == TranscriptionOptions().temperatures)
        #expect(claimed.job.attempts == 2)
        #expect(claimed.checkpoint?.cursor.seek == 3_000)
    }

    @Test func aLaterVersionIsLeftAlone() throws {
        let path = folder.store + "/jobs.sqlite"
        do {
            let database = try DatabaseQueue(path: path)
            var migrator = JobSchema.migrator
            migrator.registerMigration("1000: unheard of") { try $0.execute(sql: "CREATE TABLE news (a)") }
            try migrator.migrate(database)
            try database.close()
        }
        let error = #expect(throws: JobStoreError.self) { try JobStore(folder: folder.store) }
        #expect(error?.code == .newerVersion)
        let reading = #expect(throws: JobStoreError.self) { try JobReader(folder: folder.store) }
        #expect(reading?.code == .newerVersion)
    }

    @Test func whatIsNoDatabaseIsLeftAlone() throws {
        let diary = Array("This is a diary, not a database. ".utf8) + [UInt8](repeating: 65, count: 4_096)
        try folder.write("jobs/jobs.sqlite", diary)
        let error = #expect(throws: JobStoreError.self) { try JobStore(folder: folder.store) }
        #expect(error?.code == .failed)
        #expect(try folder.text("jobs/jobs.sqlite").hasPrefix("This is a diary"))
    }
}
