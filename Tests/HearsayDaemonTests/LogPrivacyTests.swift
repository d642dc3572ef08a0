import Foundation
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// What people say, write and call their files is in no log, however much is logged.
@Suite(.enabled(if: RunningDaemon.path != nil && RunningDaemon.golden != nil, "needs hearsayd and golden cases"))
struct LogPrivacyTests {
    private static let canary = "Quizzaciously"

    @Test func nothingThatIsSaidIsLogged() throws {
        let golden = try #require(RunningDaemon.golden)
        let port = StreamSocket.freePort()
        let daemon = try RunningDaemon(
            configuration: """
                [log]
                level = "trace"
                [http]
                tcp = "127.0.0.1:\(port)"
                [speech]
                device = "no such device"
                """, environment: ["A_PASSWORD": Self.canary])
        let sound = try golden.read("audio.wav")
        let recording = try daemon.folder.write("\(Self.canary).wav", sound)
        let noSound = try daemon.folder.write("\(Self.canary).flac", Self.canary.utf8)

        let wire = try RawConnection(daemon.socket)
        for format in ["text", "ssml"] {
            // Markup that is none: an error that quotes where it went wrong.
            wire.send(Synthesize(text: "<\(Self.canary) \(Self.canary)", textFormat: format))
            while let event = wire.next(), ![AudioStop.type, WireErrorEvent.type].contains(event.type) {}
        }
        wire.send("{\"type\": \"\(Self.canary)\", \"data\": {\"\(Self.canary)\": 1}}\n")
        wire.send("{\"type\": \"synthesize\", \"data\": {\"text\": [\"\(Self.canary)\"]}}\n")
        #expect(wire.next()?.type == WireErrorEvent.type)
        wire.send(Dictate(action: .start, language: Self.canary))
        #expect(wire.next() != nil)

        let client = try daemon.client()
        var jobs: [Int64] = []
        for path in [recording, noSound] {
            let request: JSONObject = [
                "path": .string(path),
                "options": .object(["initial_prompt": .string(Self.canary), "sample_length": .integer(4)]),
            ]
            let id = try client.ask(AddJob(request: request), for: JobReport.self).job["id"]?.integer
            try client.send(WatchJobs(ids: [Int64(try #require(id))]))
            while try client.next().type != JobsWatched.type {}
            jobs.append(Int64(try #require(id)))
        }
        let reading = try RawConnection(daemon.socket)
        reading.send(ReadText(text: Self.canary))
        #expect(reading.next() != nil)

        let http = try HTTPConnection(port: port)
        http.post("/v1/audio/speech", json: "{\"input\": \"\(Self.canary)\", \"voice\": \"\(Self.canary)\"}")
        #expect(http.answer() != nil)
        let fields = [("prompt", Self.canary), ("language", "en")]
        try HTTPConnection(port: port).transcribe([UInt8](sound), fields + [("temperature", "0")])
        try HTTPConnection(port: port).transcribe(Array(Self.canary.utf8), fields)
        try HTTPConnection(port: port).transcribe([UInt8](sound), fields + [("model", Self.canary)])
        #expect(try HTTPConnection(port: port).get("/v1/models/\(Self.canary)")?.status == 404)

        // What is removed is in no file of the daemon's, also while it goes on.
        #expect(try Self.files(of: daemon).contains { $0.hasSuffix("jobs.sqlite-wal") })
        #expect(try !Self.tellingFiles(of: daemon).isEmpty)
        for id in jobs { _ = try client.ask(JobCommand(.remove, id), for: JobRemoved.self) }
        #expect(try Self.tellingFiles(of: daemon).isEmpty)
        #expect(daemon.stop() == .exit(0))
        #expect(try Self.tellingFiles(of: daemon).isEmpty)
        #expect(daemon.log.count > 500)
        let telling = daemon.log.split(separator: "\n").filter { $0.localizedCaseInsensitiveContains(Self.canary) }
        #expect(telling.isEmpty, "\(telling)")
    }

    private static func files(of daemon: RunningDaemon) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(daemon.folder.path)/state")
    }

    /// Files of the state folder with the word in them.
    private static func tellingFiles(of daemon: RunningDaemon) throws -> [String] {
        try files(of: daemon).filter { name in
            let bytes = try? Data(contentsOf: URL(filePath: "\(daemon.folder.path)/state/\(name)"))
            return bytes?.range(of: Data(canary.utf8)) != nil
        }
    }
}

extension HTTPConnection {
    fileprivate func transcribe(_ file: [UInt8], _ fields: [(String, String)]) throws {
        post("/v1/audio/transcriptions", file: file, fields)
        #expect(answer() != nil)
    }
}
