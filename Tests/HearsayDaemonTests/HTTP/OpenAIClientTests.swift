import AudioCore
import AudioIO
import Foundation
import Glibc
import StrictJSON
import TestSupport
import Testing

/// The package `openai` as the client (Tests/Fixtures/http/client.py), by a Unix socket and by TCP. Needs a Python that has
/// it: the one that HEARSAY_PYTHON names, else python3.
@Suite(
    .enabled(
        if: RunningDaemon.path != nil && PythonClient.has("openai"), "the Python package openai is not installed"))
struct OpenAIClientTests {
    private static func run(_ daemon: HTTPDaemon, _ arguments: [String]) throws -> JSONValue {
        try run("unix:\(daemon.path)", arguments)
    }

    private static func run(_ address: String, _ arguments: [String], key: String = "none") throws -> JSONValue {
        try PythonClient.run("http", [address] + arguments, environment: ["OPENAI_API_KEY": key])
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func transcribes() throws {
        let audio = try #require(RunningDaemon.golden).audio
        let daemon = try HTTPDaemon()
        let text = try #require(try Self.run(daemon, ["transcribe", audio])["text"]?.string)
        #expect(!text.isEmpty)
        let words = try Self.run(daemon, ["words", audio])
        #expect(words["language"]?.string == "english" && words["words"]?.array?.isEmpty == false)
        #expect(words["segments"]?.array?.isEmpty == false && words["duration"]?.double ?? 0 > 0)
        let subtitles = try Self.run(daemon, ["subtitles", audio])
        #expect(subtitles["text"]?.string?.trimmingCharacters(in: .whitespacesAndNewlines) == text)
        #expect(subtitles["vtt"]?.string?.hasPrefix("WEBVTT") == true)
        #expect(subtitles["srt"]?.string?.contains(" --> ") == true)
        let stream = try Self.run(daemon, ["stream", audio])
        #expect(stream["deltas"]?.array?.compactMap(\.string).joined() == stream["done"]?.string)
        #expect(stream["done"]?.string?.trimmingCharacters(in: .whitespaces) == text)
        #expect(try Self.run(daemon, ["translate", audio])["text"]?.string != nil)
    }

    @Test func speaksByTCPWithAKey() throws {
        let folder = try TemporaryFolder()
        let key = try folder.write("key", "sesame\n".utf8)
        chmod(key, 0o600)
        let port = HTTPConnection.freePort()
        let daemon = try RunningDaemon(
            configuration: "[http]\ntcp = \"127.0.0.1:\(port)\"\ntoken_file = \"\(key)\"\n")
        for format in ["mp3", "opus", "wav", "flac"] {
            guard AudioStreamFormat(rawValue: format)?.isAvailable == true else { continue }
            let file = "\(folder.path)/speech.\(format)"
            let result = try Self.run(
                "http://127.0.0.1:\(port)", ["speak", "Good morning.", format, file], key: "sesame")
            #expect(result["synthetic"]?.string == "1" && result["chunked"]?.string == "chunked")
            let reader = try AudioFile.open(file)
            var samples = [Float](repeating: 0, count: 4_096)
            #expect(try samples.withUnsafeMutableBufferPointer { try reader.read(into: $0) } > 0)
        }
        withExtendedLifetime(daemon) {}
    }

    @Test func listsModels() throws {
        let daemon = try HTTPDaemon()
        #expect(try LifecycleTests.waitFor { daemon.daemon.log.contains("looked at what is installed") })
        let result = try Self.run(daemon, ["models"])
        #expect(result["models"]?.array?.contains(.string("kathleen")) == true)
        #expect(result["one"] == result["models"]?.array?.first)
        #expect(result["created"]?.integer ?? 0 > 1_000_000_000)
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func hearsOfErrorsByTheirCodes() throws {
        let result = try Self.run(try HTTPDaemon(), ["errors"])
        #expect(result["sound"]?.string?.hasPrefix("audio.") == true)
        #expect(result["model"]?.string == "store.model_unknown")
        #expect(result["voice"]?.string == "store.voice_unknown")
        #expect(result["format"]?.array == [.string("http.field_invalid"), .string("response_format")])
    }
}
