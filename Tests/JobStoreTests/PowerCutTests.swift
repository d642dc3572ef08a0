import Foundation
import GRDB
import Glibc
import Recognition
import TestSupport
import Testing

@testable import JobStore

/// Power fails: of what was written and not yet flushed some is on the disk, some is not, and some is torn.
///
/// A library between the program and the system notes every write, flush and acknowledgement. From the notes the disk is
/// made as it could have been at any moment. HEARSAY_POWER_CUTS sets how many; without it 40.
@Suite(
    .enabled(
        if: BuiltProgram.path != nil && !GoldenCase.all.isEmpty && RecordedWrites.library != nil,
        "needs the program, golden cases and a C compiler"))
struct PowerCutTests {
    private static let cuts = Int(ProcessInfo.processInfo.environment["HEARSAY_POWER_CUTS"] ?? "") ?? 40

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func record(_ arguments: [String]) throws {
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let output = open(folder.url("output").path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        defer { for descriptor in [nothing, output] { close(descriptor) } }
        let child = try Child(
            [BuiltProgram.path ?? ""] + arguments + ["--state-dir", folder.path],
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": folder.path, "LD_PRELOAD": RecordedWrites.library ?? "",
                "RECORD_WRITES": folder.url("notes").path,
            ], input: nothing, output: output, errors: nothing)
        #expect(child.wait() == .exit(0))
    }

    @Test func whatWasAcknowledgedSurvivesPowerCuts() throws {
        let golden = try #require(GoldenCase.all.first)
        let sound = try golden.sound()
        let recordings = try (0..<8).map { index in
            try folder.write("in/\(index).wav", WAV.file(sound.dropFirst(index * 6_400).prefix(128_000)))
        }
        try record(
            ["jobs", "add", "--model", golden.model, "--language", "en", "--temperature-increment-on-fallback", "none"]
                + ["--beam-size", "none", "--no-speech-threshold", "1", "--clip-timestamps", "0,1.5,1.5,3,3"]
                + recordings)
        try record(["jobs", "run", "--threads", "1", "--quiet"])
        let notes = try Note.all(in: folder.read("notes"))
        let acknowledged = notes.filter(\.isAcknowledgement).count
        // One for each job; and there is much that can get lost.
        #expect(acknowledged == recordings.count)
        #expect(notes.count { if case .flush = $0 { true } else { false } } > 3 * recordings.count)

        var random = SeededGenerator(state: 11)
        for number in 0..<Self.cuts {
            let moment = Int.random(in: 0...notes.count, using: &random)
            let place = "cut\(number)"
            let disk = Disk(after: notes.prefix(moment), &random)
            guard disk.files["jobs.sqlite"] != nil else { continue }
            for (name, content) in disk.files { try folder.write("\(place)/\(name)", content) }
            chmod(folder.url(place).path, 0o700)
            let told = notes.prefix(moment).compactMap(\.job)
            let store = try JobStore(folder: folder.url(place).path)
            let jobs = try store.list(limit: 10_000)
            let lost = told.filter { id in !jobs.contains { $0.id == id } }
            #expect(lost.isEmpty, "cut at \(moment) of \(notes.count)")
            let problems = try store.pool.read { database in
                try String.fetchAll(database, sql: "PRAGMA integrity_check")
            }
            #expect(problems == ["ok"], "cut at \(moment)")
            let misplaced = try store.pool.read { database in
                try Int.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) FROM job WHERE windows !=
                            (SELECT count(*) FROM job_window WHERE job = id AND number < windows)
                        """)
            }
            #expect(misplaced == 0, "a job and its windows disagree after the cut at \(moment)")
        }
    }
}

private enum RecordedWrites {
    static let library = PreloadedLibrary.build("jobs/record_writes.c")
}

/// One thing that the program did.
private enum Note {
    case write(file: String, offset: Int, bytes: Data)
    case cut(file: String, length: Int)
    case flush(file: String)
    case acknowledgement(String)

    struct Damage: Error {}

    static func all(in data: Data) throws -> [Note] {
        var notes: [Note] = []
        var position = data.startIndex
        while let end = data[position...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: data[position..<end], as: UTF8.self)
            position = end + 1
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "W":
                guard words.count == 4, let offset = Int(words[2]), let count = Int(words[3]),
                    position + count <= data.endIndex
                else { throw Damage() }
                notes.append(.write(file: words[1], offset: offset, bytes: data[position..<position + count]))
                position += count
            case "T": notes.append(.cut(file: words[1], length: Int(words[2]) ?? 0))
            case "S": notes.append(.flush(file: words[1]))
            case "A" where line.contains("\t"): notes.append(.acknowledgement(String(line.dropFirst(2))))
            default: break
            }
        }
        return notes
    }

    var isAcknowledgement: Bool { if case .acknowledgement = self { true } else { false } }

    /// The number of the job that was acknowledged.
    var job: Int64? {
        guard case .acknowledgement(let text) = self else { return nil }
        return Int64(text.prefix { $0 != "\t" })
    }
}

/// What could be on the disk when power fails.
private struct Disk {
    private(set) var files: [String: Data] = [:]

    init(after notes: some Sequence<Note>, _ random: inout SeededGenerator) {
        var pending: [String: [Note]] = [:]
        for note in notes {
            switch note {
            case .write(let file, _, _), .cut(let file, _): pending[file, default: []].append(note)
            case .flush(let file):
                for note in pending.removeValue(forKey: file) ?? [] { apply(note) }
            case .acknowledgement: break
            }
        }
        // A file that was written to is in its folder: the folder is flushed when a database is made.
        for (file, notes) in pending.sorted(by: { $0.key < $1.key }) {
            if files[file] == nil { files[file] = Data() }
            for note in notes where Bool.random(using: &random) { apply(note, &random) }
        }
    }

    private mutating func apply(_ note: Note) {
        switch note {
        case .write(let file, let offset, let bytes):
            var content = files[file] ?? Data()
            if content.count < offset + bytes.count {
                content.append(Data(count: offset + bytes.count - content.count))
            }
            content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            files[file] = content
        case .cut(let file, let length):
            let content = files[file] ?? Data()
            files[file] = content.prefix(length) + Data(count: max(0, length - content.count))
        case .flush, .acknowledgement: break
        }
    }

    /// As ``apply(_:)``, but of a write perhaps only the first sectors.
    private mutating func apply(_ note: Note, _ random: inout SeededGenerator) {
        guard case .write(let file, let offset, let bytes) = note, Bool.random(using: &random) else {
            return apply(note)
        }
        let sectors = Int.random(in: 0...bytes.count / 512, using: &random)
        apply(.write(file: file, offset: offset, bytes: Data(bytes.prefix(512 * sectors))))
    }
}
