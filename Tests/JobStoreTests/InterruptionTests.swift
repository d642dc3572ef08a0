import Foundation
import Glibc
import Pipelines
import Recognition
import TestSupport
import Testing

@testable import JobStore

/// The program works off a queue and is killed, again and again, at moments that nobody chose.
///
/// HEARSAY_KILLS sets how often; without it 20 times.
@Suite(
    .enabled(if: BuiltProgram.path != nil && !GoldenCase.all.isEmpty, "needs the program and golden cases"), .serialized
)
struct InterruptionTests {
    private static let jobs = 40
    private static let kills = Int(ProcessInfo.processInfo.environment["HEARSAY_KILLS"] ?? "") ?? 20

    /// A folder with recordings, a store and results.
    struct Workplace {
        let folder = Result { try TemporaryFolder() }
        let model: String

        var path: String { get throws { try folder.get().path } }

        func start(
            _ arguments: [String], errors: String = "errors", environment added: [String: String] = [:]
        ) throws -> Child {
            let folder = try folder.get()
            let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
            let output = open(folder.url("output").path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            let errors = open(folder.url(errors).path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            defer { for descriptor in [nothing, output, errors] { close(descriptor) } }
            let environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(added) { $1 }
            return try Child(
                arguments, environment: environment, input: nothing, output: output, errors: errors)
        }

        func hearsay(_ arguments: [String], environment: [String: String] = [:]) throws -> Child {
            let program = [BuiltProgram.path ?? ""] + arguments + ["--state-dir", try path]
            return try start(program, environment: environment)
        }

        var run: [String] { ["jobs", "run", "--attempts", "1000", "--threads", "1", "--quiet"] }

        /// Recordings that differ, each cut into windows of a second or two.
        func writeRecordings(_ golden: GoldenCase, count: Int) throws -> [String] {
            let sound = try golden.sound()
            return try (0..<count).map { index in
                let start = (index * 7_919 * 2) % (sound.count - 160_000) / 2 * 2
                return try folder.get().write(
                    "in/\(100 + index).wav", WAV.file(sound.dropFirst(start).prefix(128_000)))
            }
        }

        func add(_ paths: [String]) throws {
            let store = try JobStore(folder: path + "/jobs")
            var options = TranscriptionOptions()
            options.language = "en"
            options.temperatures = [0]
            options.noSpeechThreshold = nil
            // Windows that are soon done, so that much can go wrong in a short time.
            options.clipTimestamps = [0, 1.5, 1.5, 3, 3]
            options.sampleLength = 8
            let output = try TranscriptFiles(folder: path + "/out", formats: [.json, .txt])
            for path in paths {
                try store.add(
                    JobRequest(path: path, model: model, options: options, output: output), owner: getuid())
            }
        }

        /// Everything that must not depend on interruptions.
        func results() throws -> [String] {
            let reader = try #require(try JobReader(folder: path + "/jobs"))
            return try reader.list().reversed().map { job in
                let transcript = try reader.transcript(of: job.id)
                let files = try ["json", "txt"].map { form in
                    try folder.get().text("out/\(TranscriptFiles.stem(of: job.request.path)).\(form)")
                }
                return "\(job.state) \(job.windows) \(transcript) \(files)"
            }
        }
    }

    @Test func nothingIsLostOrDoubledByKilling() throws {
        let golden = GoldenCase.all[0]
        let calm = Workplace(model: golden.model)
        let stormy = Workplace(model: golden.model)
        try calm.add(calm.writeRecordings(golden, count: Self.jobs))
        try stormy.add(stormy.writeRecordings(golden, count: Self.jobs))
        let clock = ContinuousClock()
        let whole = try clock.measure {
            let end = try calm.hearsay(calm.run).wait()
            #expect(end == .exit(0))
        }
        let expected = try calm.results()
        #expect(expected.count == Self.jobs)
        #expect(expected.allSatisfy { $0.hasPrefix("done") })

        var random = SeededGenerator(state: 5)
        var killed = 0
        // Long enough to get somewhere, short enough to be interrupted as often as asked for.
        let longest = max(200_000, Int(whole / .microseconds(1)) * 3 / 2 / Self.kills)
        while killed < Self.kills {
            let child = try stormy.hearsay(stormy.run)
            usleep(UInt32(Int.random(in: 20_000...longest, using: &random)))
            child.send(SIGKILL)
            if child.wait() == .exit(0) { break }
            killed += 1
        }
        // Fewer would prove less; the queue must not have been done long before.
        #expect(killed > Self.kills / 2)
        #expect(try stormy.hearsay(stormy.run).wait() == .exit(0))
        let results = try stormy.results()
        for (result, expected) in zip(results, expected) { #expect(result == expected) }
        #expect(results.count == Self.jobs)
    }

    /// What `jobs add` has printed is there, whatever happened to it.
    @Test func whatWasAcknowledgedIsStored() throws {
        let place = Workplace(model: GoldenCase.all[0].model)
        let paths = try place.writeRecordings(GoldenCase.all[0], count: 40)
        var random = SeededGenerator(state: 6)
        func printed() throws -> [Substring] {
            // The file comes with the first start.
            ((try? place.folder.get().text("output")) ?? "").split(separator: "\n").filter { $0.contains("\t") }
        }
        for _ in 0..<10 {
            let before = try printed().count
            let child = try place.hearsay(["jobs", "add", "--model", place.model] + paths)
            // Killed in the middle: something is acknowledged, and something is not.
            for _ in 0..<10_000 where try printed().count == before { usleep(1_000) }
            usleep(UInt32.random(in: 0...30_000, using: &random))
            child.send(SIGKILL)
            _ = child.wait()
        }
        let stored = Set(try #require(try JobReader(folder: place.path + "/jobs")).list(limit: 10_000).map(\.id))
        let acknowledged = try printed()
        #expect(acknowledged.count >= 10)
        for line in acknowledged { #expect(stored.contains(try #require(Int64(line.prefix { $0 != "\t" })))) }
    }

    /// A limit on file sizes makes every write fail, as a full disk does, until it is lifted.
    @Test(.enabled(if: access("/usr/bin/prlimit", X_OK) == 0, "prlimit is not installed"))
    func aFullDiskIsWaitedFor() throws {
        let golden = GoldenCase.all[0]
        let calm = Workplace(model: golden.model)
        let full = Workplace(model: golden.model)
        try calm.add(calm.writeRecordings(golden, count: 3))
        try full.add(full.writeRecordings(golden, count: 3))
        #expect(try calm.hearsay(calm.run).wait() == .exit(0))

        let program = [BuiltProgram.path ?? "", "jobs", "run", "--threads", "1", "--state-dir", try full.path]
        let child = try full.start(["/usr/bin/prlimit", "--fsize=50000:unlimited"] + program, errors: "remarks")
        // The program says that it waits; a minute is for slow machines.
        var remarks = ""
        for _ in 0..<600 where !remarks.contains("the queue waits") {
            usleep(100_000)
            remarks = (try? full.folder.get().text("remarks")) ?? ""
        }
        #expect(remarks.contains("the queue waits"))
        #expect(try JobReader(folder: full.path + "/jobs")?.list(states: [.failed, .cancelled]).isEmpty == true)
        let lift = try full.start(["/usr/bin/prlimit", "--fsize=unlimited", "--pid", "\(child.number)"])
        #expect(lift.wait() == .exit(0))
        #expect(child.wait() == .exit(0))
        #expect(try full.results() == calm.results())
        #expect(try full.folder.get().text("remarks").contains("the queue goes on"))
    }

    private func fill(_ path: String) {
        let ballast = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let block = [UInt8](repeating: 7, count: 4_096)
        while write(ballast, block, block.count) > 0 {}
        close(ballast)
    }

    /// The same on a disk that is full.
    @Test func aFullFileSystemIsWaitedFor() throws {
        let golden = GoldenCase.all[0]
        let calm = Workplace(model: golden.model)
        let full = Workplace(model: golden.model)
        try calm.add(calm.writeRecordings(golden, count: 20))
        let recordings = try full.writeRecordings(golden, count: 20)
        let state = try full.path + "/jobs"
        mkdir(state, 0o700)
        guard mount("none", state, "tmpfs", 0, "size=1m") == 0 else {
            print("no right to mount a small file system: the test of a full disk is skipped")
            return
        }
        defer { umount2(state, Int32(MNT_DETACH)) }
        try full.add(recordings)
        #expect(try calm.hearsay(calm.run).wait() == .exit(0))
        let program = [BuiltProgram.path ?? "", "jobs", "run", "--threads", "1", "--state-dir", try full.path]
        let child = try full.start(program, errors: "remarks")
        var remarks = ""
        for _ in 0..<600 where !remarks.contains("the queue waits") {
            usleep(100_000)
            remarks = (try? full.folder.get().text("remarks")) ?? ""
            // Takes what is left to the last byte, once the work has begun.
            if remarks.contains("running") { fill(state + "/ballast") }
        }
        #expect(remarks.contains("the queue waits"))
        unlink(state + "/ballast")
        #expect(child.wait() == .exit(0))
        #expect(try full.results() == calm.results())
    }
}
