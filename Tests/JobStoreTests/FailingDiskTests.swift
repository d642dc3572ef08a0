import Foundation
import Glibc
import Pipelines
import TestSupport
import Testing

@testable import JobStore

/// Any write may find the disk full, any flush may fail: nothing is lost, and the texts are as they would have been.
///
/// HEARSAY_DISK_FAILURES sets how many moments are tried; without it a few.
@Suite(
    .enabled(
        if: BuiltProgram.path != nil && !GoldenCase.all.isEmpty && FailingWrites.library != nil,
        "needs the program, golden cases and a C compiler"))
struct FailingDiskTests {
    private static let moments = Int(ProcessInfo.processInfo.environment["HEARSAY_DISK_FAILURES"] ?? "") ?? 6

    private func workplace() throws -> InterruptionTests.Workplace {
        let golden = GoldenCase.all[0]
        let place = InterruptionTests.Workplace(model: golden.model)
        try place.add(place.writeRecordings(golden, count: 2))
        return place
    }

    private func environment(
        _ place: InterruptionTests.Workplace, _ call: String, from first: Int, count: Int, _ error: Int32
    ) throws -> [String: String] {
        [
            "LD_PRELOAD": FailingWrites.library ?? "", "FAIL_FOLDER": try place.path + "/", "FAIL_CALL": call,
            "FAIL_FROM": "\(first)", "FAIL_COUNT": "\(count)", "FAIL_ERROR": "\(error)",
            "FAIL_NOTES": try place.folder.get().url("failed").path,
        ]
    }

    /// How many calls failed, and how many there were; no number of a program that was ended.
    private func calls(_ place: InterruptionTests.Workplace) throws -> (failed: Int, all: Int?) {
        let notes = try place.folder.get().text("failed")
        return (notes.count { $0 == "x" }, notes.split(separator: "\n").last.flatMap { Int($0) })
    }

    /// How many such calls there are when nothing fails.
    private func count(_ call: String) throws -> Int {
        let place = try workplace()
        let end = try place.hearsay(place.run, environment: environment(place, call, from: 1 << 40, count: 0, EIO))
            .wait()
        #expect(end == .exit(0))
        return try #require(try calls(place).all)
    }

    @Test(arguments: [("write", ENOSPC, 5), ("write", EIO, 1), ("sync", EIO, 1), ("write", EROFS, 1)])
    func nothingIsLostByFailures(call: String, error: Int32, count: Int) throws {
        let calm = try workplace()
        #expect(try calm.hearsay(calm.run).wait() == .exit(0))
        let expected = try calm.results()
        let most = try self.count(call)
        var happened = 0
        var resumed = 0
        for moment in 0..<Self.moments {
            let place = try workplace()
            let first = 1 + moment * most / Self.moments
            let end = try place.hearsay(
                place.run, environment: environment(place, call, from: first, count: count, error)
            ).wait()
            guard try calls(place).failed > 0 else { continue }
            happened += 1
            if end == .exit(0) { resumed += 1 }
            guard case .exit = end else {
                Issue.record("\(end) after failure \(first)")
                continue
            }
            // Whatever it ended with, the next run has all that is needed.
            let reader = try #require(try JobReader(folder: place.path + "/jobs"))
            #expect(try reader.list().count == expected.count)
            // A result that could not be written is the end of its job, until somebody wants another attempt.
            for job in try reader.list(states: [.failed]) {
                #expect(try place.hearsay(["jobs", "retry", "\(job.id)"]).wait() == .exit(0))
            }
            let next = try place.hearsay(place.run)
            #expect(next.wait() == .exit(0))
            #expect(try place.results() == expected, "\(call) \(first)")
        }
        #expect(happened > 0)
        // A full disk is waited for without anybody's help.
        if error == ENOSPC { #expect(resumed == happened) }
    }
}

private enum FailingWrites {
    static let library = PreloadedLibrary.build("jobs/failing_writes.c")
}
