import Foundation
import Glibc
import StrictJSON
import TestSupport
import Testing

/// The package `wyoming` as the client (Tests/Fixtures/wire/client.py), by the Unix socket and by TCP. Needs a Python that
/// has it: the one that HEARSAY_PYTHON names, else python3.
@Suite(
    .enabled(
        if: RunningDaemon.path != nil && PythonClient.has("wyoming"), "the Python package wyoming is not installed"))
struct ReferenceClientTests {
    @Test func describes() throws {
        let daemon = try RunningDaemon()
        #expect(try LifecycleTests.waitFor { daemon.log.contains("looked at what is installed") })
        let result = try PythonClient.run("wire", ["unix://\(daemon.socket)", "describe"])
        #expect(result["pong"]?.string == "there?")
        if RunningDaemon.golden != nil {
            #expect(result["models"]?.array?.isEmpty == false)
            #expect(result["languages"]?.array?.contains(.string("en")) == true)
        }
        #expect(result["voices"]?.array?.contains(.string("kathleen")) == true)
        #expect(result["streams"]?.array == [.bool(true)])
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"), arguments: [false, true])
    func transcribes(byTCP: Bool) throws {
        let golden = try #require(RunningDaemon.golden)
        let port = 20_000 + Int(getpid()) % 20_000
        let daemon = try RunningDaemon(configuration: byTCP ? "[wyoming]\ntcp = \"127.0.0.1:\(port)\"\n" : "")
        let address = byTCP ? "tcp://127.0.0.1:\(port)" : "unix://\(daemon.socket)"
        let result = try PythonClient.run("wire", [address, "transcribe", golden.audio, "en"])
        let types = result["types"]?.array?.compactMap(\.string)
        #expect(types == ["transcript-start", "transcript", "transcript-stop"])
        let chunks = result["chunks"]?.array?.compactMap(\.string).joined()
        #expect(chunks == result["text"]?.string)
        #expect(result["language"]?.string == "en")
    }

    @Test func speaks() throws {
        let daemon = try RunningDaemon()
        let result = try PythonClient.run("wire", ["unix://\(daemon.socket)", "synthesize", "Good morning."])
        #expect(result["width"]?.integer == 2 && result["channels"]?.integer == 1)
        #expect(try #require(result["bytes"]?.integer) > 10_000)
        let streamed = try PythonClient.run(
            "wire", ["unix://\(daemon.socket)", "stream", "Good morning. And good night."])
        #expect(streamed["last"]?.string == "synthesize-stopped")
        #expect(try #require(streamed["bytes"]?.integer) > 10_000)
    }
}
