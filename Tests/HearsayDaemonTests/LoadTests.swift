import Foundation
import Glibc
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Many clients at once. These take a while, and a machine that has nothing else to do.
@Suite(
    .enabled(
        if: RunningDaemon.path != nil && ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] != nil,
        "HEARSAY_LOAD_TESTS=1 Scripts/test --filter LoadTests"), .serialized)
struct LoadTests {
    private static let manyConnections = "[limits]\nconnections = 3000\nconnections_per_user = 3000\n"

    private func resident(_ daemon: RunningDaemon) throws -> Double {
        Double(try #require(try daemon.status().data["resident_bytes"]?.integer)) / 1_048_576
    }

    @Test func aThousandIdleConnectionsCostLittle() throws {
        let daemon = try RunningDaemon(configuration: Self.manyConnections)
        for _ in 0..<50 { _ = try daemon.status() }
        let before = try resident(daemon)
        var connections: [RawConnection] = []
        for _ in 0..<1_000 {
            let connection = try RawConnection(daemon.socket)
            connection.send(Ping())
            #expect(connection.next()?.type == Pong.type)
            connections.append(connection)
        }
        let more = try resident(daemon) - before
        #expect(more <= 60, "\(more) MiB more")
        // Each is still served, and two hundred of them at once.
        for connection in connections {
            connection.send(Ping())
            #expect(connection.next()?.type == Pong.type)
        }
        var times: [Duration] = []
        for _ in 0..<20 {
            let active = connections.prefix(200)
            let start = ContinuousClock.now
            for connection in active { connection.send(Ping()) }
            for connection in active {
                #expect(connection.next()?.type == Pong.type)
                times.append(ContinuousClock.now - start)
            }
        }
        times.sort()
        print("200 of 1,000 clients at once: p50 \(times[times.count / 2]), p99 \(times[times.count * 99 / 100])")
        #expect(times[times.count * 99 / 100] <= .milliseconds(50))
    }

    /// The slowest of a hundred answers but one.
    private func slowest(of connection: RawConnection) throws -> Duration {
        var times: [Duration] = []
        for index in 0..<100 {
            let start = ContinuousClock.now
            connection.send(Ping(text: "\(index)"))
            #expect(try Pong(try #require(connection.next())).text == "\(index)")
            times.append(ContinuousClock.now - start)
            usleep(10_000)
        }
        return times.sorted()[98]
    }

    @Test func connectionsThatComeAndGoLeaveNothing() throws {
        let daemon = try RunningDaemon(configuration: Self.manyConnections)
        for _ in 0..<200 { _ = try daemon.status() }
        let before = try resident(daemon)
        for index in 0..<50_000 {
            let connection = try RawConnection(daemon.socket)
            if index % 2 == 0 { connection.send("{\"type\": \"ping\"}\n{\"type\": \"pi") }
        }
        #expect(try LifecycleTests.waitFor { try daemon.status().data["connections"]?["open"]?.integer == 1 })
        let more = try resident(daemon) - before
        print("50,000 connections that came and went: \(more) MiB more, \(try daemon.descriptorCount()) descriptors")
        #expect(more <= 16)
    }

    @Test func whoReadsNothingHoldsNobodyUp() throws {
        let daemon = try RunningDaemon(configuration: Self.manyConnections + "[timeouts]\nstalled_write_seconds = 5\n")
        let healthy = try RawConnection(daemon.socket)
        let undisturbed = try slowest(of: healthy)
        let before = try resident(daemon)
        let idlers = try (0..<500).map { _ in try RawConnection(daemon.socket) }
        let questions = Array(repeating: EventEncoder.encode(GetSettings()), count: 20).flatMap(\.self)
        for idler in idlers { idler.send(questions) }
        // Others send a byte a second, of a header, of data and of a payload.
        let starts = [
            "{\"type\": \"pi", "{\"type\": \"ping\", \"data_length\": 90}\n{",
            "{\"type\": \"audio-chunk\", \"payload_length\": 9000}\n",
        ]
        let dripping = try (0..<90).map { index in
            let connection = try RawConnection(daemon.socket)
            connection.send(starts[index % starts.count])
            return connection
        }
        // Their questions are answered first, as far as they read answers.
        usleep(5_000_000)
        let disturbed = try slowest(of: healthy)
        let more = try resident(daemon) - before
        print("590 slow clients: p99 of another \(undisturbed) before, \(disturbed) beside them, \(more) MiB more")
        #expect(disturbed <= undisturbed * 2 + .milliseconds(2))
        #expect(more <= 64)
        for _ in 0..<15 {
            for connection in dripping { connection.send(" ") }
            usleep(1_000_000)
        }
        #expect(
            try LifecycleTests.waitFor { try daemon.status().data["connections"]?["open"]?.integer ?? 999 <= 502 },
            "whoever is too slow is cut off")
        withExtendedLifetime(idlers) {}
    }

    /// Texts that break espeak-ng, and helpers that are killed or stopped: each costs at most its own request, and not for
    /// long, a hundred times in a row.
    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func helpersThatDieCostOneRequestEach() throws {
        let daemon = try RunningDaemon()
        let hostile = String(repeating: "s'", count: 100)
        func speak(_ text: String) throws -> (took: Duration, isSpoken: Bool) {
            let start = ContinuousClock.now
            let connection = try RawConnection(daemon.socket)
            connection.send(Synthesize(text: text))
            while let event = connection.next() {
                if event.type == WireErrorEvent.type { return (ContinuousClock.now - start, false) }
                if event.type == AudioChunk.type { return (ContinuousClock.now - start, true) }
            }
            return (.seconds(60), false)
        }
        _ = try speak("Everything is there.")
        var hurt: [Duration] = []
        var next: [Duration] = []
        for index in 0..<100 {
            // Words that no lexicon has, so that the helper is asked.
            let words = "Xylo\(index) qvizzac \(hostile)"
            if index % 4 > 0 {
                for helper in try daemon.children() { kill(helper, [SIGKILL, SIGSTOP, SIGSEGV][index % 4 - 1]) }
            }
            hurt.append(try speak(words).took)
            let (took, isSpoken) = try speak("And qvizzac zyl\(index) on.")
            #expect(isSpoken)
            next.append(took)
        }
        (hurt, next) = (hurt.sorted(), next.sorted())
        print("100 broken helpers: \(hurt[50]), \(hurt[99]); the next request \(next[50]), \(next[99])")
        #expect(hurt[99] <= .seconds(3))
        #expect(next[99] <= .milliseconds(500))
    }

    /// Clients go away in the middle of every kind of request; each leaves its turn and its threads to others.
    @Test(.enabled(if: RunningDaemon.golden != nil && RunningDaemon.hasVoice, "needs golden cases and a voice"))
    func whoGoesAwayLeavesNothing() throws {
        let golden = try #require(RunningDaemon.golden)
        let daemon = try RunningDaemon(configuration: Self.manyConnections)
        let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)
        let sound = [UInt8](try golden.sound())
        let requests: [(RawConnection) -> Void] = [
            { $0.send(Synthesize(text: String(repeating: "A sentence that takes a moment. ", count: 20))) },
            { connection in
                connection.send(Transcribe(language: "en"))
                connection.send(AudioStart(format: format))
                connection.send(AudioChunk(format: format, audio: sound))
                connection.send(AudioStop())
            },
            { connection in
                connection.send(Transcribe(language: "en"))
                connection.send(AudioStart(format: format))
                connection.send(AudioChunk(format: format, audio: Array(sound[..<16_000])))
            },
            { $0.send(SynthesizeStart()) },
        ]
        func threads() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.number)/task").count
        }
        // Every engine has been opened, and every thread pool is there.
        for request in requests {
            let connection = try RawConnection(daemon.socket)
            request(connection)
            connection.closeSending()
            while connection.next() != nil {}
        }
        let before = try threads()
        func isAtRest() throws -> Bool {
            let scheduler = try daemon.status().data["scheduler"]
            let counts = ["running", "waiting"].flatMap { (scheduler?[$0]?.object?.members ?? []).map(\.value) }
            return !counts.isEmpty && counts.allSatisfy { $0.integer == 0 }
        }
        var state: UInt64 = 3
        var delays: [Duration] = []
        for index in 0..<500 {
            do {
                let connection = try RawConnection(daemon.socket)
                requests[index % requests.count](connection)
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                usleep(UInt32(state >> 48))
            }
            let left = ContinuousClock.now
            while try !isAtRest() { usleep(2_000) }
            delays.append(ContinuousClock.now - left)
        }
        delays.sort()
        print("500 requests that nobody waits for: given up after \(delays[250]), \(delays[475]), \(delays[499])")
        #expect(delays[475] <= .milliseconds(200))
        #expect(try LifecycleTests.waitFor { try threads() <= before + 4 })
    }
}
