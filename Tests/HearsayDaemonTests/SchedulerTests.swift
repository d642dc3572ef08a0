import Foundation
import Glibc
import Synchronization
import Testing

@testable import HearsayDaemon

struct SchedulerTests {
    /// What ran, in its order.
    private final class Order: Sendable {
        private let names = Mutex<[String]>([])
        func add(_ name: String) { names.withLock { $0.append(name) } }
        var list: [String] { names.withLock { $0 } }
    }

    /// Starts works one after another while one that lets nobody go first holds the only turn.
    private func order(of works: [(name: String, priority: Scheduler.Priority, user: UInt32)]) async throws -> [String]
    {
        let scheduler = Scheduler()
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await scheduler.run(.dictation, user: 9) { _ in
                    while scheduler.status.waiting.values.reduce(0, +) < works.count { usleep(1_000) }
                }
            }
            while scheduler.status.running.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            for (index, work) in works.enumerated() {
                group.addTask {
                    try await scheduler.run(work.priority, user: work.user) { _ in order.add(work.name) }
                }
                while scheduler.status.waiting.values.reduce(0, +) <= index, order.list.isEmpty {
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            try await group.waitForAll()
        }
        return order.list
    }

    @Test func whoSpeaksGoesFirstAndStoredJobsGoLast() async throws {
        let order = try await order(of: [
            ("job", .fileJob, 1), ("upload", .request, 1), ("reading", .readAloud, 1), ("dictation", .dictation, 1),
        ])
        #expect(order == ["dictation", "reading", "upload", "job"])
    }

    @Test func usersOfOnePriorityTakeTurns() async throws {
        let flood = (0..<20).map { _ in (name: "flood", priority: Scheduler.Priority.request, user: UInt32(1)) }
        let order = try await order(of: flood + [("other", .request, 2)])
        // Neither has been served before, so that the first who came goes first.
        #expect(order.count == 21 && order.firstIndex(of: "other") == 1)
    }

    /// A recording that is being transcribed steps aside between two tokens for a dictation, and between two windows for
    /// another recording, but not between two tokens.
    @Test func workGivesWayToWhatIsMoreUrgent() async throws {
        let scheduler = Scheduler()
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await scheduler.run(.request, user: 1) { turn in
                    while scheduler.status.waiting.values.reduce(0, +) < 3 { usleep(1_000) }
                    try turn.yield()
                    order.add("token")
                    try turn.yield(atBoundary: true)
                    order.add("window")
                }
            }
            while scheduler.status.running.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            for (name, priority) in [
                ("job", Scheduler.Priority.fileJob), ("upload", .request), ("dictation", .dictation),
            ] {
                group.addTask { try await scheduler.run(priority, user: 2) { _ in order.add(name) } }
            }
            try await group.waitForAll()
        }
        #expect(order.list == ["dictation", "token", "upload", "window", "job"])
    }

    @Test func tooManyAreRefusedAndCancelledOnesLeave() async throws {
        let scheduler = Scheduler(mostWaiting: 1)
        let mayEnd = Atomic<Bool>(false)
        let first = Task {
            try await scheduler.run(.request, user: 1) { _ in
                while !mayEnd.load(ordering: .acquiring) { usleep(1_000) }
            }
        }
        while scheduler.status.running.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        let second = Task { try await scheduler.run(.request, user: 1) { _ in } }
        while scheduler.status.waiting.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        let error = await #expect(throws: DaemonError.self) { try await scheduler.run(.dictation, user: 1) { _ in } }
        #expect(error?.code == .busy)
        scheduler.setMostWaiting(2)
        let third = Task { try await scheduler.run(.dictation, user: 1) { _ in } }
        while scheduler.status.waiting[.dictation] == nil { try await Task.sleep(for: .milliseconds(1)) }
        third.cancel()
        await #expect(throws: CancellationError.self) { try await third.value }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(scheduler.status.waiting.isEmpty)
        mayEnd.store(true, ordering: .releasing)
        try await first.value
        #expect(scheduler.status.running.isEmpty)
    }

    /// The service manager must hear nothing more of a daemon whose computation hangs; slow ones are none of those.
    @Test func aComputationThatHangsIsNoticed() {
        let start = ContinuousClock.now
        var status = Scheduler.Status()
        status.running = [.request: 1]
        var heartbeat = Heartbeat(status, at: start)
        func isAlive(after seconds: Int) -> Bool { heartbeat.isAlive(status, at: start + .seconds(seconds)) }
        // Computing without a step.
        for second in stride(from: 10, to: 300, by: 10) {
            status.processorTime += .milliseconds(1)
            #expect(isAlive(after: second))
        }
        status.steps += 1
        #expect(isAlive(after: 400))
        status.processorTime += .milliseconds(1)
        #expect(isAlive(after: 410) && !isAlive(after: 701))
        // Neither computing nor stepping.
        status.steps += 1
        #expect(isAlive(after: 800) && isAlive(after: 819) && !isAlive(after: 821))
        // What ends was not hanging, and nobody computes while all wait.
        status.running = [:]
        #expect(isAlive(after: 2_000) && isAlive(after: 9_000))
    }

    /// A work that waits for something that never comes, among threads that go on computing.
    @Test func aDeadlockIsNoticed() throws {
        let scheduler = Scheduler()
        let (never, began) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        Thread {
            try? scheduler.perform(.request, user: 1) { _ in
                began.signal()
                never.wait()
            }
        }.start()
        began.wait()
        defer { never.signal() }
        usleep(100_000)
        let start = ContinuousClock.now
        var heartbeat = Heartbeat(scheduler.status, at: start)
        var sum = 0.0
        while ContinuousClock.now - start < .milliseconds(200) { sum += sin(sum + 1) }
        let wasAlive = heartbeat.isAlive(scheduler.status, at: start + .seconds(19))
        let isAlive = heartbeat.isAlive(scheduler.status, at: start + .seconds(21))
        #expect(sum.isFinite && wasAlive && !isAlive)
    }
}
