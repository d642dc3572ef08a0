import Foundation
import Glibc
import HearsayClient
import TestSupport
import Testing
import WireProtocol

/// Signals at the wrong moment.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"))
struct SignalTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A daemon that has begun to start: its state folder is there, its socket may not be served yet.
    private func startingDaemon() throws -> Child {
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let child = try Child(
            [
                try #require(RunningDaemon.path), "--socket", "\(folder.path)/hearsay.sock", "--state-dir",
                "\(folder.path)/state",
            ], environment: ["HOME": folder.path, "HEARSAY_DATA": RunningDaemon.root.path], input: nothing,
            output: nothing, errors: nothing)
        for _ in 0..<60_000 where !folder.has("state") { usleep(1_000) }
        return child
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aDaemonThatStartsEndsInOrder(signal: Int32) throws {
        let child = try startingDaemon()
        child.send(signal)
        #expect(child.wait() == .exit(0))
        #expect(!folder.has("hearsay.sock"))
    }

    @Test func aDaemonThatStartsReadsItsConfigurationLater() throws {
        let child = try startingDaemon()
        child.send(SIGHUP)
        let isServed = try LifecycleTests.waitFor {
            (try? HearsayClient(path: "\(folder.path)/hearsay.sock").ask(Ping(), for: Pong.self)) != nil
        }
        #expect(isServed)
        child.send(SIGTERM)
        #expect(child.wait() == .exit(0))
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func reloadingInTheMiddleOfARequestChangesNothing() throws {
        let golden = try #require(RunningDaemon.golden)
        let daemon = try RunningDaemon()
        let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)
        let sound = [UInt8](try golden.sound())
        func transcript(_ between: () -> Void) throws -> String {
            let connection = try RawConnection(daemon.socket)
            connection.send(Transcribe(language: "en"))
            connection.send(AudioStart(format: format))
            connection.send(AudioChunk(format: format, audio: Array(sound[..<8_000])))
            between()
            connection.send(AudioChunk(format: format, audio: Array(sound[8_000...])))
            connection.send(AudioStop())
            let events = connection.events(through: TranscriptStop.type)
            return try WireTranscript(try #require(events.first { $0.type == WireTranscript.type })).text
        }
        let before = try transcript {}
        let during = try transcript {
            daemon.send(SIGHUP)
            _ = try? LifecycleTests.waitFor { daemon.log.contains("configuration read again") }
        }
        #expect(before == during)
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func stoppingInTheMiddleOfARequestIsOrderly() throws {
        let daemon = try RunningDaemon(configuration: "[timeouts]\nshutdown_seconds = 1\n")
        let connection = try RawConnection(daemon.socket)
        connection.send(Synthesize(text: String(repeating: "A long text that takes its time. ", count: 500)))
        #expect(connection.next()?.type == AudioStart.type)
        // Not read on: the request cannot end by itself.
        #expect(daemon.stop() == .exit(0))
        #expect(!FileManager.default.fileExists(atPath: daemon.socket))
    }
}
