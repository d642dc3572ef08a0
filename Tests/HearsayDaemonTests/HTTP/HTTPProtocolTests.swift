import Foundation
import Glibc
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// What is no request, who is not let in, and how long anybody may take.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"))
struct HTTPProtocolTests {
    @Test func theSocketIsOnesOwnAndGoesWithTheDaemon() throws {
        let daemon = try HTTPDaemon()
        var status = stat()
        #expect(stat(daemon.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let health = try #require(try daemon.connect().get("/health"))
        #expect(health.status == 200 && health.text == #"{"status":"ok"}"#)
        #expect(daemon.daemon.stop() == .exit(0))
        #expect(!FileManager.default.fileExists(atPath: daemon.path))
    }

    @Test func onlyLoopbackIsServed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("hearsayd.toml", "[http]\ntcp = \"0.0.0.0:10301\"\n".utf8)
        let result = try LifecycleTests.run(
            ["--config", file, "--socket", "\(folder.path)/run/s", "--state-dir", "\(folder.path)/state"])
        #expect(result.status == 3)
        #expect(result.errors.contains("hearsayd.toml:2: http.tcp: only 127.0.0.1 and [::1] are served"))
    }

    /// A web page may have its own name resolve to this machine, or send what browsers send across sites.
    @Test func webPagesAreNotServed() throws {
        let port = HTTPConnection.freePort()
        let daemon = try RunningDaemon(configuration: "[http]\ntcp = \"127.0.0.1:\(port)\"\nhosts = \"speech.test\"\n")
        func answer(_ headers: String...) throws -> HTTPConnection.Answer {
            try #require(try HTTPConnection(port: port).get("/v1/models", headers))
        }
        #expect(try answer("Host: localhost:\(port)").status == 200)
        #expect(try answer("Host: 127.0.0.1").status == 200)
        #expect(try answer("Host: [::1]:\(port)").status == 200)
        #expect(try answer("Host: Speech.Test").status == 200)
        #expect(try answer("Host: localhost", "Origin: http://localhost:3000").status == 200)
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:\(port)", ""] {
            #expect(try answer("Host: \(host)").code == "http.host_forbidden", "\(host)")
        }
        for origin in ["http://evil.example", "null", "http://localhost.evil.example", ""] {
            #expect(try answer("Host: localhost", "Origin: \(origin)").code == "http.origin_forbidden", "\(origin)")
        }
        let connection = try HTTPConnection(port: port)
        connection.send(
            "OPTIONS /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                + "Access-Control-Request-Method: POST\r\n\r\n")
        let preflight = try #require(connection.answer())
        #expect(preflight.status == 404)
        #expect(!preflight.headers.keys.contains { $0.hasPrefix("access-control") })
        withExtendedLifetime(daemon) {}
    }

    @Test func aKeyIsAskedFor() throws {
        let folder = try TemporaryFolder()
        let key = try folder.write("key", "sesame\n".utf8)
        chmod(key, 0o600)
        let daemon = try HTTPDaemon("token_file = \"\(key)\"")
        func status(_ headers: String...) throws -> Int? {
            try daemon.connect().get("/v1/models", ["Host: localhost"] + headers)?.status
        }
        #expect(try status("Authorization: Bearer sesame") == 200)
        #expect(try status("authorization: bearer sesame") == 200)
        let refused = try #require(try daemon.connect().get("/v1/models"))
        #expect(refused.status == 401 && refused.code == "http.unauthorized")
        #expect(refused.headers["www-authenticate"] == "Bearer")
        #expect(try status("Authorization: Bearer sesam") == 401)
        #expect(try status("Authorization: Bearer sesames") == 401)
        #expect(try status("Authorization: Basic sesame") == 401)
        #expect(try daemon.connect().get("/health")?.status == 200)
        // Another key counts at once.
        try folder.write("key", "other\n".utf8)
        chmod(key, 0o600)
        #expect(try status("Authorization: Bearer sesame") == 401)
        #expect(try status("Authorization: Bearer other") == 200)
    }

    @Test func aKeyThatOthersCanReadIsRefused() throws {
        let folder = try TemporaryFolder()
        let key = try folder.write("key", "sesame\n".utf8)
        chmod(key, 0o644)
        let file = try folder.write(
            "hearsayd.toml", "[http]\nsocket = \"\(folder.path)/run/h\"\ntoken_file = \"\(key)\"\n".utf8)
        let result = try LifecycleTests.run(
            ["--config", file, "--socket", "\(folder.path)/run/s", "--state-dir", "\(folder.path)/state"])
        #expect(result.status == 1 && result.errors.contains("chmod 600"))
    }

    // MARK: What is no HTTP

    private static let post = "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

    @Test func aCompressedBodyIsRefused() throws {
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        connection.send(Self.post + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
        let answer = try #require(connection.answer())
        #expect(answer.status == 415 && answer.code == "http.content_type_unsupported")
        #expect(daemon.daemon.stop() == .exit(0))
    }

    /// Each is refused or passed over, and the daemon serves on.
    @Test(arguments: [
        "GARBAGE\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        post + "Content-Length: -1\r\n\r\n", post + "Content-Length: 99999999999999999999999\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "GET /\u{0} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /v1/models/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\n" + String(repeating: "X: y\r\n", count: 5_000) + "\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "y", count: 100_000) + "\r\n\r\n",
        "GET /" + String(repeating: "y", count: 100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PUT /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
    ])
    func malformedRequestsAreRefused(request: String) throws {
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        connection.send(request)
        connection.closeSending()
        if let answer = connection.answer() {
            #expect((400..<500).contains(answer.status), "\(answer)")
            #expect(answer.code?.hasPrefix("http.") == true, "\(answer.text)")
        }
        #expect(try daemon.connect().get("/health")?.status == 200)
    }

    @Test func aLongHeaderIsNamed() throws {
        let daemon = try HTTPDaemon("header_bytes = 2000")
        let connection = try daemon.connect()
        let answer = connection.get("/health", ["Host: localhost", "X: " + String(repeating: "y", count: 3_000)])
        #expect(answer?.status == 431 && answer?.code == "http.header_too_long")
        #expect(connection.isEnded)
        #expect(try daemon.connect().get("/health", ["X: " + String(repeating: "y", count: 1_000)])?.status == 200)
    }

    @Test func badBodiesAreNamed() throws {
        let daemon = try HTTPDaemon("body_mib = 1")
        func code(_ type: String, _ body: String, path: String = "/v1/audio/transcriptions") throws -> String? {
            let connection = try daemon.connect()
            connection.send(
                "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
            return connection.answer()?.code
        }
        let form = "multipart/form-data; boundary=B"
        #expect(try code("application/json", "{}") == "http.content_type_unsupported")
        #expect(try code("multipart/form-data", "--B--") == "http.body_invalid")
        #expect(try code(form, "--B--") == "http.field_invalid")
        #expect(try code(form, "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx") == "http.body_invalid")
        func field(_ name: String, _ value: String) throws -> String? {
            let connection = try daemon.connect()
            connection.post("/v1/audio/transcriptions", file: [1, 2, 3], [(name, value)])
            return connection.answer()?.code
        }
        #expect(try field("response_format", "diarized_json") == "http.field_invalid")
        #expect(try field("temperature", "hot") == "http.field_invalid")
        #expect(try field("timestamp_granularities[]", "syllable") == "http.field_invalid")
        #expect(try field("stream", "perhaps") == "http.field_invalid")
        #expect(try field("language", "xx") == "recognition.language_unsupported")
        #expect(try field("model", "../../etc/passwd") == "store.model_unknown")
        #expect(try field("prompt", String(repeating: "x", count: 300_000)) == "http.body_too_long")
        #expect(try field("file", "again") == "http.field_invalid")
        let speech = "/v1/audio/speech"
        #expect(try code("application/json", "[1]", path: speech) == "http.body_invalid")
        #expect(try code("application/json", "{\"input\": 5}", path: speech) == "http.field_invalid")
        #expect(try code("application/json", "{\"voice\": \"alloy\"}", path: speech) == "http.field_invalid")
        #expect(
            try code("application/json", #"{"input": "a", "response_format": "pcm", "speed": 9}"#, path: speech)
                == "speech.option_invalid")
        #expect(
            try code("application/json", #"{"input": "a", "voice": "../../x", "response_format": "pcm"}"#, path: speech)
                == "store.voice_unknown")
        #expect(try code(form, "--B--", path: speech) == "http.content_type_unsupported")
    }

    /// Whether it says so at once or turns out to be: and the answer can be read.
    @Test func aLongBodyIsRefused() throws {
        let daemon = try HTTPDaemon("body_mib = 1")
        let head =
            "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: multipart/form-data; boundary=\(HTTPConnection.boundary)\r\n"
        let body = HTTPConnection.form(file: [UInt8](repeating: 0, count: 3 << 20))
        let announced = try daemon.connect()
        announced.send(head + "Content-Length: \(body.count)\r\n\r\n")
        #expect(announced.answer()?.status == 413)
        let sent = try daemon.connect()
        sent.send(head + "Transfer-Encoding: chunked\r\n\r\n" + String(body.count, radix: 16) + "\r\n")
        sent.send(body)
        sent.send("\r\n0\r\n\r\n")
        let answer = try #require(sent.answer())
        #expect(answer.status == 413 && answer.code == "http.body_too_long")
        // The connection goes on.
        #expect(sent.get("/health")?.status == 200)
        #expect(try daemon.daemon.status().data["spooled_bytes"]?.integer == 0)
    }

    // MARK: Time

    @Test func whatIsBegunMustBeFinishedInTime() throws {
        let daemon = try HTTPDaemon(timeouts: "event_seconds = 1")
        for beginning in [
            "GET /health HT", "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Le",
            Self.post + "Content-Length: 100\r\n\r\n{\"input\"", Self.post + "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        ] {
            let connection = try daemon.connect()
            connection.send(beginning)
            let answer = connection.answer()
            #expect(answer?.status == 408 && answer?.code == "http.too_slow", "\(beginning)")
            #expect(connection.isEnded)
        }
        #expect(try daemon.connect().get("/health")?.status == 200)
    }

    /// One byte after another is as slow as none.
    @Test func dripsDoNotBuyTime() throws {
        let daemon = try HTTPDaemon(timeouts: "event_seconds = 1")
        let connection = try daemon.connect()
        for byte in "GET /health HTTP/1.1\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy".utf8 {
            connection.send([byte])
            usleep(50_000)
        }
        #expect(connection.answer()?.status == 408)
    }

    @Test func anIdleConnectionIsClosed() throws {
        let daemon = try HTTPDaemon(timeouts: "idle_seconds = 1")
        let connection = try daemon.connect()
        #expect(connection.get("/health")?.status == 200)
        #expect(connection.isEnded)
    }

    @Test func aBodyIsAskedFor() throws {
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        connection.send(Self.post + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(connection.head()?.status == 100)
        connection.send("{}")
        #expect(connection.answer()?.code == "http.field_invalid")
    }

    @Test func requestsMayFollowEachOtherWithoutWaiting() throws {
        let daemon = try HTTPDaemon()
        let connection = try daemon.connect()
        connection.send(String(repeating: "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 50))
        connection.closeSending()
        for _ in 0..<50 { #expect(connection.answer()?.status == 200) }
        #expect(connection.isEnded)
    }

    @Test func oneConnectionTooManyIsRefusedWithAWord() throws {
        let daemon = try HTTPDaemon(limits: "connections = 3")
        #expect(try LifecycleTests.waitFor { try daemon.daemon.status().data["connections"]?["open"]?.integer == 1 })
        usleep(200_000)
        let connections = try (0..<3).map { _ in try daemon.connect() }
        for connection in connections { #expect(connection.get("/health")?.status == 200) }
        let answer = try daemon.connect().get("/health")
        #expect(answer?.status == 429 && answer?.code == "server.too_many_connections")
        withExtendedLifetime(connections) {}
    }
}

/// A daemon that serves HTTP on a Unix socket.
final class HTTPDaemon {
    let daemon: RunningDaemon
    let path: String
    private let folder: TemporaryFolder

    /// - Parameters: lines of the sections of its configuration.
    init(_ http: String = "", limits: String = "", timeouts: String = "") throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/run/http.sock"
        daemon = try RunningDaemon(
            configuration: "[http]\nsocket = \"\(path)\"\n\(http)\n[limits]\n\(limits)\n[timeouts]\n\(timeouts)\n")
    }

    func connect() throws -> HTTPConnection { try HTTPConnection(unix: path) }
}
