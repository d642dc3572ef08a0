import AudioCore
import AudioIO
import Foundation
import Glibc
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Sound in, text out; text in, sound out; over HTTP.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"))
struct HTTPSpeechTests {
    private static let hasVoice = FileManager.default.fileExists(
        atPath: RunningDaemon.root.appending(path: "Voices/kathleen/voice.json").path)
    private static let long = String(repeating: "A long text that nobody will hear to its end. ", count: 200)

    // MARK: Transcription

    /// One temperature other than 0: a model that knows nothing would be asked again with each higher one.
    private static let fields = [("language", "en"), ("temperature", "0.2")]
    private static let options: JSONObject = ["language": .string("en"), "temperatures": .array([.number(0.2)])]

    /// The text is the one that the wire protocol gives, in every form and however it arrives.
    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func everyFormHasTheSameText() throws {
        let golden = try #require(RunningDaemon.golden)
        let file = [UInt8](try golden.read("audio.wav"))
        let daemon = try HTTPDaemon()
        let wire = try RawConnection(daemon.daemon.socket)
        wire.send(TranscribeFile(name: "audio.wav", options: Self.options))
        wire.send(FileChunk(bytes: file))
        wire.send(FileEnd())
        let end = try TranscriptEnd(try #require(wire.events(through: TranscriptEnd.type).last))
        let expected = end.text.trimmingCharacters(in: .whitespaces)

        let connection = try daemon.connect()
        func answer(_ fields: (String, String)...) throws -> HTTPConnection.Answer {
            connection.post("/v1/audio/transcriptions", file: file, Self.fields + fields)
            let answer = try #require(connection.answer())
            #expect(answer.status == 200 && answer.isComplete, "\(answer.text)")
            return answer
        }
        let json = try #require(try answer(("model", "whisper-1")).json)
        #expect(json["text"]?.string == expected)
        #expect(json["usage"]?["seconds"]?.double == end.duration)
        #expect(try answer(("response_format", "text")).text == expected + "\n")
        let verbose = try #require(try answer(("response_format", "verbose_json")).json)
        #expect(verbose["text"]?.string == expected && verbose["words"] == nil)
        #expect(verbose["language"]?.string == "english" && verbose["duration"]?.double == end.duration)
        #expect(verbose["segments"]?.array?.isEmpty == false)
        let words = try #require(
            try answer(("response_format", "verbose_json"), ("timestamp_granularities[]", "word")).json)
        #expect(words["words"]?.array?.isEmpty == false && words["segments"] == nil)
        #expect(try answer(("response_format", "vtt")).text.hasPrefix("WEBVTT\n\n"))
        #expect(try answer(("response_format", "srt")).text.hasPrefix("1\n00:00:"))

        let events = try Self.events(try answer(("stream", "true")))
        let deltas = events.compactMap { $0["delta"]?.string }
        #expect(!deltas.isEmpty && deltas.joined() == events.last?["text"]?.string)
        #expect(events.last?["type"]?.string == "transcript.text.done")
        #expect(deltas.joined().trimmingCharacters(in: .whitespaces) == expected)
    }

    private static func events(_ answer: HTTPConnection.Answer) throws -> [JSONValue] {
        #expect(answer.headers["content-type"] == "text/event-stream")
        return try answer.text.split(separator: "\n\n").map { event in
            try JSONValue(
                parsing: Array(try #require(event.utf8.starts(with: "data: ".utf8) ? event : nil).utf8.dropFirst(6)))
        }
    }

    /// In chunks of a few bytes, while another upload is on its way.
    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func twoUploadsAtOnceInSmallPieces() throws {
        let golden = try #require(RunningDaemon.golden)
        let body = HTTPConnection.form(file: [UInt8](try golden.read("audio.wav")), Self.fields)
        let daemon = try HTTPDaemon()
        let connections = try [daemon.connect(), daemon.connect()]
        for connection in connections {
            connection.send(
                "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    + "Content-Type: multipart/form-data; boundary=\(HTTPConnection.boundary)\r\n\r\n")
        }
        for start in stride(from: 0, to: body.count, by: 997) {
            let piece = Array(body[start..<min(start + 997, body.count)])
            for connection in connections {
                connection.send(Array((String(piece.count, radix: 16) + "\r\n").utf8) + piece + [13, 10])
            }
        }
        for connection in connections { connection.send("0\r\n\r\n") }
        let texts = connections.map { $0.answer()?.json?["text"]?.string }
        #expect(texts[0] != nil && texts[0] == texts[1])
        #expect(try daemon.daemon.status().data["spooled_bytes"]?.integer == 0)
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func whatIsNoSoundIsTheClientsMistake() throws {
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        connection.post("/v1/audio/transcriptions", file: Array("no sound at all".utf8))
        let answer = try #require(connection.answer())
        #expect(answer.status == 400 && answer.code?.hasPrefix("audio.") == true)
        #expect(answer.json?["error"]?["type"]?.string == "invalid_request_error")
        #expect(connection.get("/health")?.status == 200)
    }

    /// Nothing is left of an upload that stops half way.
    @Test func anUploadThatEndsTooEarlyLeavesNothing() throws {
        let daemon = try HTTPDaemon()
        do {
            let connection = try daemon.connect()
            connection.send(
                "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
                    + "Content-Type: multipart/form-data; boundary=\(HTTPConnection.boundary)\r\n\r\n")
            connection.send(Array(HTTPConnection.form(file: [UInt8](repeating: 1, count: 500_000)).prefix(400_000)))
            #expect(
                try LifecycleTests.waitFor {
                    try daemon.daemon.status().data["spooled_bytes"]?.integer ?? 0 > 300_000
                })
        }
        #expect(try LifecycleTests.waitFor { try daemon.daemon.status().data["spooled_bytes"]?.integer == 0 })
        #expect(try LifecycleTests.waitFor { try daemon.daemon.status().data["connections"]?["open"]?.integer == 1 })
    }

    // MARK: Speech

    @Test(.enabled(if: hasVoice, "no voice"), arguments: AudioStreamFormat.allCases)
    func everyFormatHoldsTheSameSpeech(format: AudioStreamFormat) throws {
        guard format.isAvailable else { return }
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        func sound(_ format: String) throws -> HTTPConnection.Answer {
            connection.post("/v1/audio/speech", json: #"{"input": "Hello there.", "response_format": "\#(format)"}"#)
            let answer = try #require(connection.answer())
            #expect(answer.status == 200 && answer.isComplete, "\(answer.text.prefix(300))")
            #expect(answer.headers["x-synthetic-audio"] == "1")
            return answer
        }
        // What the others are compared with has no header that could be wrong.
        let plain = try sound("pcm").body
        let seconds = Double(plain.count) / 2 / Double(AudioStreamFormat.pcmRate)
        #expect(seconds > 0.3)
        guard format != .pcm else { return }
        let folder = try TemporaryFolder()
        let file = try folder.write("sound.\(format.rawValue)", try sound(format.rawValue).body)
        let reader = try AudioFile.open(file)
        var samples: [Float] = []
        var block = [Float](repeating: 0, count: 4_096)
        while true {
            let count = try block.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
            if count == 0 { break }
            samples += block[..<count]
        }
        #expect(reader.format.channels == 1)
        // Encoders pad with silence.
        let difference = Double(samples.count) / Double(reader.format.sampleRate) - seconds
        #expect((-0.01...0.15).contains(difference), "\(difference)")
        func power(_ samples: some Collection<Float>) -> Double {
            (samples.reduce(0) { $0 + Double($1 * $1) } / Double(max(1, samples.count))).squareRoot()
        }
        let reference = stride(from: 0, to: plain.count - 1, by: 2).map { index in
            Float(Int16(bitPattern: UInt16(plain[index]) | UInt16(plain[index + 1]) << 8)) / 32_768
        }
        #expect(abs(power(samples) / power(reference) - 1) < 0.1)
    }

    @Test(.enabled(if: hasVoice, "no voice"))
    func speechMayComeInEvents() throws {
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        connection.post(
            "/v1/audio/speech",
            json: #"{"input": "Hello.", "response_format": "pcm", "stream_format": "sse", "voice": {"id": "kathleen"}}"#
        )
        let events = try Self.events(try #require(connection.answer()))
        let sound = events.compactMap { $0["audio"]?.string }.compactMap { Data(base64Encoded: $0) }.reduce(Data(), +)
        connection.post(
            "/v1/audio/speech", json: #"{"input": "Hello.", "response_format": "pcm", "voice": "kathleen"}"#)
        #expect(try #require(connection.answer()).body == [UInt8](sound))
        #expect(events.last?["type"]?.string == "speech.audio.done")
    }

    @Test(.enabled(if: hasVoice, "no voice"))
    func theTempoIsTheOneThatIsAskedFor() throws {
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        let lengths = try [0.5, 1, 2].map { speed in
            connection.post(
                "/v1/audio/speech",
                json: #"{"input": "How fast is this sentence?", "response_format": "pcm", "speed": \#(speed)}"#)
            return try #require(connection.answer()).body.count
        }
        #expect(lengths[0] > lengths[1] && lengths[1] > lengths[2])
    }

    @Test(.enabled(if: hasVoice, "no voice"), arguments: [false, true])
    func aClientThatGoesAwayIsNotSpokenTo(byTCP: Bool) throws {
        let port = HTTPConnection.freePort()
        let daemon = try RunningDaemon(configuration: "[http]\ntcp = \"127.0.0.1:\(port)\"\n")
        let http = try HTTPDaemon()
        let running = byTCP ? daemon : http.daemon
        do {
            let connection = try byTCP ? HTTPConnection(port: port) : http.connect()
            connection.post("/v1/audio/speech", json: #"{"input": "\#(Self.long)", "response_format": "wav"}"#)
            #expect(connection.head()?.status == 200)
        }
        #expect(
            try LifecycleTests.waitFor {
                try running.status().data["scheduler"]?["running"]?["read_aloud"]?.integer == 0
            }, "the speech goes on: \(running.log)")
    }

    @Test(.enabled(if: hasVoice, "no voice"))
    func aClientThatReadsNothingIsCutOffAndHoldsNobodyUp() throws {
        let daemon = try HTTPDaemon(limits: "outbound_kib = 64", timeouts: "stalled_write_seconds = 2")
        let idler = try daemon.connect()
        idler.post("/v1/audio/speech", json: #"{"input": "\#(Self.long)", "response_format": "wav"}"#)
        let connection = try daemon.connect()
        connection.post("/v1/audio/speech", json: #"{"input": "Hello.", "response_format": "pcm"}"#)
        #expect(connection.answer()?.isComplete == true)
        #expect(try LifecycleTests.waitFor { try daemon.daemon.status().data["connections"]?["open"]?.integer == 2 })
        // What was cut off cannot be taken for whole.
        #expect(idler.answer()?.isComplete != true)
    }

    @Test(.enabled(if: hasVoice, "no voice"))
    func stoppingAnswersWhatHasArrived() throws {
        let daemon = try HTTPDaemon(timeouts: "shutdown_seconds = 60")
        let connection = try daemon.connect()
        connection.post(
            "/v1/audio/speech",
            json:
                #"{"input": "\#(String(repeating: "This is said to its end. ", count: 5))", "response_format": "pcm"}"#)
        usleep(200_000)
        daemon.daemon.send(SIGTERM)
        let answer = try #require(connection.answer())
        #expect(answer.status == 200 && answer.isComplete)
        #expect(connection.isEnded)
        #expect(daemon.daemon.wait() == .exit(0))
    }

    // MARK: What is told

    @Test func theModelsAreListed() throws {
        let daemon = try HTTPDaemon()
        #expect(try LifecycleTests.waitFor { daemon.daemon.log.contains("looked at what is installed") })
        let connection = try daemon.connect()
        let list = try #require(connection.get("/v1/models")?.json)
        #expect(list["object"]?.string == "list")
        let models = try #require(list["data"]?.array)
        if Self.hasVoice { #expect(models.contains { $0["id"]?.string == "kathleen" }) }
        for model in models {
            let name = try #require(model["id"]?.string)
            #expect(connection.get("/v1/models/\(name)")?.json == model)
        }
        #expect(connection.get("/v1/models/none-of-that-name")?.status == 404)
    }

    @Test(.enabled(if: hasVoice, "no voice"))
    func whatWasDoneIsCounted() throws {
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        connection.post("/v1/audio/speech", json: #"{"input": "Hello.", "response_format": "pcm"}"#)
        let seconds = Double(try #require(connection.answer()).body.count) / 48_000
        let text = try #require(connection.get("/metrics")).text
        var values: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            #expect(parts.count == 2)
            #expect(values[String(parts[0])] == nil, "twice: \(line)")
            let value = Double(String(parts[1]))
            #expect(value != nil, "\(line)")
            values[String(parts[0])] = value
        }
        #expect(abs(try #require(values["hearsay_audio_spoken_seconds_total"]) - seconds) < 0.01)
        #expect(values[#"hearsay_http_requests_total{route="/v1/audio/speech",status="200"}"#] == 1)
        #expect(values[#"hearsay_real_time_factor_count{work="speech"}"#] == 1)
        #expect(values[#"hearsay_real_time_factor_bucket{work="speech",le="+Inf"}"#] == 1)
        #expect(values[#"hearsay_engines{kind="voice"}"#] == 1)
        #expect(try #require(values[#"hearsay_engine_bytes{kind="voice"}"#]) > 100_000)
        #expect(try #require(values["hearsay_resident_bytes"]) > 1_000_000)
        #expect(values["hearsay_connections"] == 1 && values[#"hearsay_work_waiting{priority="file_job"}"#] == 0)
        #expect(text.contains("# TYPE hearsay_real_time_factor histogram\n"))
    }
}
