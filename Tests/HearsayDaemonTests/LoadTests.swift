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
        // Each is still served.
        for connection in connections {
            connection.send(Ping())
            #expect(connection.next()?.type == Pong.type)
        }
    }

    @Test func connectionsThatComeAndGoLeaveNothing() throws {
        let daemon = try RunningDaemon(configuration: Self.manyConnections)
        for _ in 0..<200 { _ = try daemon.status() }
        let before = try resident(daemon)
        for index in 0..<20_000 {
            let connection = try RawConnection(daemon.socket)
            if index % 2 == 0 { connection.send("{\"type\": \"ping\"}\n{\"type\": \"pi") }
        }
        #expect(try LifecycleTests.waitFor { try daemon.status().data["connections"]?["open"]?.integer == 1 })
        #expect(try resident(daemon) - before <= 16)
    }

    @Test func whoReadsNothingHoldsNobodyUp() throws {
        let daemon = try RunningDaemon(configuration: Self.manyConnections + "[timeouts]\nstalled_write_seconds = 5\n")
        let idlers = try (0..<500).map { _ in try RawConnection(daemon.socket) }
        let questions = Array(repeating: EventEncoder.encode(GetSettings()), count: 20).flatMap(\.self)
        for idler in idlers { idler.send(questions) }
        let healthy = try RawConnection(daemon.socket)
        for index in 0..<100 {
            healthy.send(Ping(text: "\(index)"))
            #expect(try Pong(try #require(healthy.next())).text == "\(index)")
        }
        withExtendedLifetime(idlers) {}
    }
}
