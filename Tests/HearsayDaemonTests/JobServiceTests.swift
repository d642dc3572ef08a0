import Foundation
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
    }
}
