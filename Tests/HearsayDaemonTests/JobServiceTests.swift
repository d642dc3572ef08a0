import Foundation
import Glibc
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Jobs over the daemon's own socket.
@Suite(.enabled(if: RunningDaemon.path != nil && RunningDaemon.golden != nil, "needs hearsayd and golden cases"))
struct JobServiceTests {
    @Test func aJobIsDoneAndTold() throws {
        let golden = try #require(RunningDaemon.golden)
        let daemon = try RunningDaemon()
        let client = try HearsayClient(path: daemon.socket)
        let request: JSONObject = [
            "path": .string(golden.audio),
            "options": .object([
                "language": .string("en"), "temperatures": .array([.integer(0)]), "sample_length": .integer(8),
            ]),
        ]
        let added = try client.ask(AddJob(request: request, key: "once"), for: JobReport.self).job
        let id = Int64(try #require(added["id"]?.integer))
        // An answer that got lost can be asked for again.
        let again = try client.ask(AddJob(request: request, key: "once"), for: JobReport.self).job
        #expect(again["id"] == added["id"])

        try client.send(WatchJobs(ids: [id]))
        var last: JSONObject = [:]
        while true {
            let event = try client.next()
            if event.type == JobReport.type { last = try JobReport(event).job }
            if event.type == JobsWatched.type { break }
        }
        #expect(last["state"]?.string == "done")
        #expect(last["windows"]?.integer == 1)

        try client.send(JobCommand(.result, id))
        var segments = 0
        var end: TranscriptEnd?
        while end == nil {
            let event = try client.next()
            if event.type == SegmentReport.type { segments += 1 }
            if event.type == TranscriptEnd.type { end = try TranscriptEnd(event) }
        }
        #expect(segments > 0)
        #expect(end?.text.isEmpty == false)
        #expect(try client.ask(ListJobs(states: ["done"]), for: JobList.self).jobs.count == 1)
        #expect(try client.ask(JobCommand(.remove, id), for: JobRemoved.self).id == id)
        let error = #expect(throws: ClientError.self) { try client.ask(JobCommand(.show, id), for: JobReport.self) }
        #expect(error?.code.rawValue == "job.unknown")
    }

    /// A full disk, which a limit on the sizes of files is for a program: jobs wait, and everybody is told.
    @Test func aFullDiskIsToldAndWaitedFor() throws {
        let golden = try #require(RunningDaemon.golden)
        let daemon = try RunningDaemon()
        let client = try daemon.client()
        let request: JSONObject = [
            "path": .string(golden.audio),
            "options": .object([
                "language": .string("en"), "temperatures": .array([.integer(0)]), "sample_length": .integer(4),
                "no_speech_threshold": .null,
                "clip_timestamps": .array((0..<20).flatMap { [.number(Double($0) / 2), .number(Double($0 + 1) / 2)] }),
            ]),
        ]
        let added = try client.ask(AddJob(request: request), for: JobReport.self).job
        try RunningDaemon.limit(daemon.number, "--fsize=1:unlimited")
        func paused() throws -> String? { try daemon.status().data["jobs"]?["paused"]?.string }
        #expect(try LifecycleTests.waitFor { try paused() != nil })
        #expect(try paused()?.contains("the disk is full") == true)
        let id = Int64(try #require(added["id"]?.integer))
        let state = try client.ask(JobCommand(.show, id), for: JobReport.self).job["state"]?.string
        // The queue may have been stopped before the job had begun.
        #expect(["paused", "queued"].contains(state))
        let error = #expect(throws: ClientError.self) { try client.ask(AddJob(request: request), for: JobReport.self) }
        #expect(error?.code.rawValue == "storage.full")
        try RunningDaemon.limit(daemon.number, "--fsize=unlimited:unlimited")
        #expect(
            try LifecycleTests.waitFor {
                try client.ask(JobCommand(.show, id), for: JobReport.self).job["state"]?.string == "done"
            })
        #expect(try paused() == nil)
        #expect(try LifecycleTests.waitFor { daemon.log.contains("the queue goes on") })
    }

    /// The daemon is stopped, or killed, in the middle of a job; the next one ends it with the same text.
    @Test(arguments: [SIGTERM, SIGKILL])
    func aJobThatIsInterruptedGoesOn(signal: Int32) throws {
        let golden = try #require(RunningDaemon.golden)
        let folder = try TemporaryFolder()
        let sound = try golden.sound()
        let path = try folder.write("long.wav", WAV.file(sound + sound))
        // Windows of a second, so that there are many moments to be interrupted at.
        let request: JSONObject = [
            "path": .string(path),
            "options": .object([
                "language": .string("en"), "temperatures": .array([.integer(0)]), "sample_length": .integer(4),
                "no_speech_threshold": .null,
                "clip_timestamps": .array((0..<10).flatMap { [.integer($0), .integer($0 + 1)] }),
            ]),
        ]
        func add(_ client: HearsayClient) throws -> Int64 {
            let job = try client.ask(AddJob(request: request), for: JobReport.self).job
            return Int64(try #require(job["id"]?.integer))
        }
        func result(_ id: Int64, _ client: HearsayClient) throws -> [JSONObject] {
            try client.send(WatchJobs(ids: [id]))
            while try client.next().type != JobsWatched.type {}
            try client.send(JobCommand(.result, id))
            var events: [JSONObject] = []
            while true {
                let event = try client.next()
                events.append(event.data)
                if event.type == TranscriptEnd.type { return events }
            }
        }
        let calm = try RunningDaemon()
        let expected = try result(add(calm.client()), calm.client())
        #expect(expected.count > 5)

        let state = folder.url("state").path
        let first = try RunningDaemon(state: state)
        let client = try first.client()
        let id = try add(client)
        try client.send(WatchJobs(ids: [id]))
        while try client.next().type != JobProgressReport.type {}
        #expect(first.stop(signal) == (signal == SIGTERM ? .exit(0) : .signal(signal)))
        let second = try RunningDaemon(state: state)
        let job = try second.client().ask(JobCommand(.show, id), for: JobReport.self).job
        #expect(job["state"]?.string != "done", "the interruption came too late")
        #expect(try result(id, second.client()) == expected)
    }

    /// A recogniser with random weights writes something in silence; where nobody speaks it is not asked.
    @Test func whereNobodySpeaksNothingIsTranscribed() throws {
        let port = StreamSocket.freePort()
        let daemon = try RunningDaemon(configuration: "[http]\ntcp = \"127.0.0.1:\(port)\"\n")
        let silence = try daemon.folder.write("silence.wav", WAV.file([UInt8](repeating: 0, count: 3 * 32_000)))
        let client = try HearsayClient(path: daemon.socket)
        var texts: [Bool: String] = [:]
        for skips in [false, true] {
            let request: JSONObject = [
                "path": .string(silence), "vad": .bool(skips),
                "options": .object([
                    "language": .string("en"), "temperatures": .array([.integer(0)]), "sample_length": .integer(8),
                    "no_speech_threshold": .null,
                ]),
            ]
            let job = try client.ask(AddJob(request: request), for: JobReport.self).job
            let id = Int64(try #require(job["id"]?.integer))
            #expect(job["vad"]?.bool == (skips ? true : nil))
            try client.send(WatchJobs(ids: [id]))
            while try client.next().type != JobsWatched.type {}
            try client.send(JobCommand(.result, id))
            while texts[skips] == nil {
                let event = try client.next()
                if event.type == TranscriptEnd.type { texts[skips] = try TranscriptEnd(event).text }
            }
        }
        #expect(texts[false]?.isEmpty == false)
        #expect(texts[true] == "")
        // Both were heard, and counted.
        let metrics = try #require(try HTTPConnection(port: port).get("/metrics")).text
        #expect(metrics.contains("hearsay_audio_heard_seconds_total 6\n"), "\(metrics)")
        #expect(metrics.contains("hearsay_real_time_factor_count{work=\"transcription\"} 2\n"))
    }

    @Test func badRequestsAreErrorsAndNoMore() throws {
        let daemon = try RunningDaemon()
        let client = try HearsayClient(path: daemon.socket)
        let refused: [(JSONObject, String)] = [
            (["path": .string("/nonexistent.wav")], "job.request_invalid"),
            (["path": .string("relative.wav")], "job.request_invalid"),
            ([:], "protocol.field_invalid"), (["path": .integer(3)], "protocol.field_invalid"),
        ]
        for (request, code) in refused {
            let error = #expect(throws: ClientError.self) {
                try client.ask(AddJob(request: request), for: JobReport.self)
            }
            #expect(error?.code.rawValue == code)
        }
        #expect(try client.ask(ListJobs(), for: JobList.self).jobs.isEmpty)
    }

    @Test func recordingsInAWatchedFolderAreTranscribed() throws {
        let golden = try #require(RunningDaemon.golden)
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o700)
        let shared = try TemporaryFolder()
        chmod(shared.path, 0o777)
        let daemon = try RunningDaemon(
            configuration: "[jobs]\nwatch = [\"\(folder.path)\", \"\(shared.path)\"]\nwatch_formats = \"txt,srt\"\n")
        for place in [folder, shared] { _ = try place.write("talk.wav", golden.read("audio.wav")) }
        let client = try HearsayClient(path: daemon.socket)
        var jobs: [JSONValue] = []
        for _ in 0..<600 where jobs.first?["state"]?.string != "done" {
            usleep(100_000)
            jobs = try client.ask(ListJobs(), for: JobList.self).jobs
        }
        #expect(jobs.count == 1)
        #expect(jobs.first?["state"]?.string == "done")
        #expect(try folder.text("talk.srt").contains("-->"))
        #expect(daemon.log.contains("nobody else may be able to write to it"))

        // Another recording of that name leaves the first one's transcript alone.
        try folder.write("talk.txt", "corrected by hand".utf8)
        _ = try folder.write("talk.flac", golden.read("audio.wav"))
        #expect(try LifecycleTests.waitFor { folder.has("talk.flac.txt") && folder.has("talk.flac.srt") })
        #expect(try folder.text("talk.txt") == "corrected by hand")
    }

    @Test func aDatabaseThatIsNoneIsTold() throws {
        let folder = try TemporaryFolder()
        try folder.write("jobs/jobs.sqlite", Array(repeating: UInt8(ascii: "x"), count: 10_000))
        let daemon = try RunningDaemon(state: folder.path)
        let jobs = try daemon.status().data["jobs"]
        #expect(
            jobs?["open"]?.bool == false && jobs?["paused"]?.string?.isEmpty == false, "\(String(describing: jobs))")
        let error = #expect(throws: ClientError.self) { try daemon.client().ask(ListJobs(), for: JobList.self) }
        #expect(error?.code.rawValue == "storage.failed")
        #expect(try folder.text("jobs/jobs.sqlite") == String(repeating: "x", count: 10_000))
    }
}
