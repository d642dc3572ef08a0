import Foundation
import Glibc
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Models in memory: opened once for all, closed when nobody has used them for a while, and never more than are allowed.
@Suite(.enabled(if: RunningDaemon.path != nil && RunningDaemon.golden != nil, "needs hearsayd and golden cases"))
struct EngineTests {
    private static let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)

    /// Sends a second of a recording; the answer has not been read.
    private func ask(_ daemon: RunningDaemon) throws -> RawConnection {
        let sound = [UInt8](try #require(RunningDaemon.golden).sound().prefix(32_000))
        let connection = try RawConnection(daemon.socket)
        connection.send(Transcribe(language: "en"))
        connection.send(AudioStart(format: Self.format))
        connection.send(AudioChunk(format: Self.format, audio: sound))
        connection.send(AudioStop())
        return connection
    }

    /// The code of the error that came instead of a transcript; nil for a transcript.
    private func error(_ connection: RawConnection) throws -> String? {
        while let event = connection.next() {
            if event.type == WireErrorEvent.type { return try WireErrorEvent(event).code }
            if event.type == TranscriptStop.type { return nil }
        }
        return "nothing"
    }

    private func models(_ daemon: RunningDaemon) throws -> [String] {
        try (daemon.status().data["engines"]?.array ?? []).filter { $0["kind"]?.string == "model" }
            .compactMap { $0["path"]?.string }
    }

    @Test func aModelIsOpenedOnceForAll() throws {
        let daemon = try RunningDaemon()
        let connections = try (0..<5).map { _ in try ask(daemon) }
        for connection in connections { #expect(try error(connection) == nil) }
        #expect(try models(daemon).count == 1)
    }

    @Test func whatNobodyUsesIsClosed() throws {
        let daemon = try RunningDaemon(configuration: "[engine]\nidle_seconds = 2\n")
        #expect(try error(ask(daemon)) == nil)
        #expect(try LifecycleTests.waitFor { try models(daemon).isEmpty })
        // And opened again for the next.
        #expect(try error(ask(daemon)) == nil)
    }

    private func bytes(_ daemon: RunningDaemon) throws -> [String: Int] {
        let engines = try daemon.status().data["engines"]?.array ?? []
        return Dictionary(
            engines.map { ($0["kind"]?.string ?? "", $0["bytes"]?.integer ?? 0) }, uniquingKeysWith: max)
    }

    private func speak(_ daemon: RunningDaemon) throws -> String? {
        let connection = try RawConnection(daemon.socket)
        connection.send(Synthesize(text: "One."))
        return connection.events(through: AudioStop.type).last?.type
    }

    /// Where a model and a voice are too much together, the one that is not used makes room for the other.
    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice")) func noMoreThanIsAllowedIsOpen() throws {
        let roomy = try RunningDaemon()
        #expect(try error(ask(roomy)) == nil)
        #expect(try speak(roomy) == AudioStop.type)
        let sizes = try bytes(roomy)
        #expect(sizes.count == 2)
        let most = try #require(sizes.values.max())
        let daemon = try RunningDaemon(configuration: "[engine]\nmemory_ceiling_mib = \((most >> 20) + 1)\n")
        for _ in 0..<2 {
            #expect(try error(ask(daemon)) == nil)
            #expect(try bytes(daemon).keys.sorted() == ["model"])
            #expect(try speak(daemon) == AudioStop.type)
            #expect(try bytes(daemon).keys.sorted() == ["voice"])
        }
    }

    /// What there is no room for at all is said, and is the end of nothing else.
    @Test func whatIsTooLargeIsRefused() throws {
        let daemon = try RunningDaemon(configuration: "[engine]\nmemory_ceiling_mib = 1\n")
        let refused = try ask(daemon)
        #expect(try error(refused) == "engine.memory_ceiling")
        refused.send(Ping())
        #expect(refused.next()?.type == Pong.type)
    }
}
