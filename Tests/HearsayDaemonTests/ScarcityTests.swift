import Foundation
import Glibc
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Too few descriptors, too little memory.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"), .serialized)
struct ScarcityTests {
    /// Connects without waiting; nil where nobody accepts.
    private func impatientConnection(_ path: String) -> Int32? {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    private func isServed(_ daemon: RunningDaemon) throws -> Bool {
        guard let descriptor = impatientConnection(daemon.socket) else { return false }
        close(descriptor)
        let connection = try RawConnection(daemon.socket)
        connection.send(Ping())
        return connection.next()?.type == Pong.type
    }

    /// Started with few descriptors, the daemon admits no more than it has room for, tells the rest, and goes on.
    @Test func fewDescriptorsAreSurvived() throws {
        let daemon = try RunningDaemon(launcher: ["/usr/bin/prlimit", "--nofile=64:64"])
        let asking = try RawConnection(daemon.socket)
        let many = (0..<200).compactMap { _ in impatientConnection(daemon.socket) }
        #expect(many.count > 10)
        func refused() throws -> Int { try connections(asking)?["refused"]?.integer ?? 0 }
        #expect(try LifecycleTests.waitFor { try refused() > 10 })
        for descriptor in many { close(descriptor) }
        #expect(try LifecycleTests.waitFor { try isServed(daemon) })
    }

    /// Without any descriptor left for those who wait, accepting is tried ten times a second, and not for ever at once.
    @Test func noDescriptorsLeftIsNoReasonToSpin() throws {
        let daemon = try RunningDaemon()
        let asking = try RawConnection(daemon.socket)
        _ = try connections(asking)
        let descriptors = try daemon.descriptorCount() + 4
        try RunningDaemon.limit(daemon.number, "--nofile=\(descriptors):\(descriptors)")
        let many = (0..<100).compactMap { _ in impatientConnection(daemon.socket) }
        #expect(many.count > 10)
        func failures() throws -> Int { try connections(asking)?["accept_failures"]?.integer ?? 0 }
        #expect(try LifecycleTests.waitFor { try failures() > 2 }, "there were descriptors for all")
        let (before, start) = (try failures(), ContinuousClock.now)
        usleep(3_000_000)
        let most = Int((ContinuousClock.now - start) / .milliseconds(100)) + 2
        let more = try failures() - before
        #expect(more > 0 && more <= most, "\(more) attempts where \(most) are enough")
        for descriptor in many { close(descriptor) }
        #expect(try LifecycleTests.waitFor { try isServed(daemon) })
    }

    private func connections(_ connection: RawConnection) throws -> JSONValue? {
        connection.send(GetStatus())
        return try StatusReport(try #require(connection.next())).data["connections"]
    }

    /// With 128 MiB more than it has at rest, the daemon answers what it can, refuses the rest, and lives.
    @Test(.enabled(if: RunningDaemon.golden != nil && RunningDaemon.hasVoice, "needs golden cases and a voice"))
    func littleMemoryIsSurvived() throws {
        let golden = try #require(RunningDaemon.golden)
        let daemon = try RunningDaemon()
        try RunningDaemon.limit(daemon.number, addressSpace: daemon.virtualMemory() + 128 << 20)
        let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)
        let sound = [UInt8](try golden.sound())
        for _ in 0..<3 {
            let connection = try RawConnection(daemon.socket)
            connection.send(Transcribe(language: "en"))
            connection.send(AudioStart(format: format))
            connection.send(AudioChunk(format: format, audio: sound))
            connection.send(AudioStop())
            #expect(answers(connection, [TranscriptStop.type, WireErrorEvent.type]))
            connection.send(Synthesize(text: String(repeating: "Many words are said here. ", count: 20)))
            #expect(answers(connection, [AudioStop.type, WireErrorEvent.type]))
            // Recordings that are no more than announced, by many at once.
            let others = try (0..<20).map { _ in try RawConnection(daemon.socket) }
            for other in others { other.send("{\"type\": \"audio-chunk\", \"payload_length\": 16777216}\n") }
            connection.send(Ping())
            #expect(connection.next()?.type == Pong.type)
        }
        #expect(try isServed(daemon))
        #expect(daemon.stop() == .exit(0))
    }

    /// Helpers have memory limits of their own; where one has too little, a request fails, and the next has another.
    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func aHelperWithoutMemoryCostsOneRequest() throws {
        let daemon = try RunningDaemon()
        func speaks() throws -> Bool {
            let connection = try RawConnection(daemon.socket)
            connection.send(Synthesize(text: "The quizzacious cat, xylo and \(UInt64.random(in: 0...(.max)))."))
            let last = connection.events(through: AudioStop.type).last
            return last?.type == AudioStop.type
        }
        #expect(try speaks())
        let helpers = try daemon.children()
        #expect(!helpers.isEmpty)
        for helper in helpers {
            try RunningDaemon.limit(helper, addressSpace: 1 << 20)
        }
        // Whatever it answers: then the helper has nothing to compute with.
        _ = try speaks()
        #expect(try LifecycleTests.waitFor { try speaks() })
    }

    private func answers(_ connection: RawConnection, _ types: Set<String>) -> Bool {
        while let event = connection.next() {
            if types.contains(event.type) { return true }
        }
        return false
    }
}
