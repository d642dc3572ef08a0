import Foundation
import Glibc
import TestSupport
import Testing
import WeightFiles

@Suite struct MappedFileTests {
    @Test func mapsAFilesBytes() throws {
        let directory = try TemporaryFolder()
        let contents = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let file = try MappedFile(path: try directory.write("f", contents))
        #expect(file.withBytes { Array($0) } == contents)
        #expect(try MappedFile(path: try directory.write("empty", [])).bytes.isEmpty)
    }

    @Test func releasedPagesAreReadAgain() throws {
        let directory = try TemporaryFolder()
        let contents = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let file = try MappedFile(path: try directory.write("f", contents))
        let copy = MappedFile(copying: contents, name: "copy")
        for file in [file, copy] {
            for range in [0..<100_000, 4096..<8192, 5000..<99_999, 1..<2, 10..<10] {
                file.release(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
                #expect(file.withBytes { Array($0) } == contents)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func refusesWhatIsNoRegularFile() throws {
        let directory = try TemporaryFolder()
        let pipe = directory.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, directory.path, "/dev/zero", "/dev/null"] {
            #expect(failure { try MappedFile(path: path) }?.code == .fileKind, "\(path)")
        }
    }

    @Test func refusesPathsThatLeadNowhere() throws {
        let directory = try TemporaryFolder()
        let dangling = directory.path + "/dangling"
        let loop = directory.path + "/loop"
        #expect(symlink("nothing", dangling) == 0 && symlink("loop", loop) == 0)
        let file = try directory.write("f", [1])
        let expected: [(String, Int32?)] = [
            (dangling, ENOENT), (loop, ELOOP), (directory.path + "/missing", ENOENT), (file + "/x", ENOTDIR), ("", nil),
            (file + "\0.safetensors", nil), (directory.path + "/" + String(repeating: "n", count: 4096), ENAMETOOLONG),
        ]
        for (path, number) in expected {
            let error = failure { try MappedFile(path: path) }
            #expect(error?.code == .fileOpen)
            #expect(error?.errorNumber == number)
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func refusesFilesWithoutPermission() throws {
        let directory = try TemporaryFolder()
        let file = try directory.write("f", [1])
        #expect(chmod(file, 0) == 0)
        #expect(failure { try MappedFile(path: file) }?.errorNumber == EACCES)
    }

    @Test func noticesTruncationAndWriting() throws {
        let directory = try TemporaryFolder()
        let path = try directory.write("f", [UInt8](repeating: 1, count: 8192))
        let file = try MappedFile(path: path)
        try file.verifyUnchanged()

        #expect(truncate(path, 4096) == 0)
        let error = failure { try file.verifyUnchanged() }
        #expect(error?.code == .fileChanged)
        #expect(error.map { "\($0)".contains("4096") && "\($0)".contains("8192") } == true)

        let again = try MappedFile(path: path)
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        // Set apart from the first time by more than the clock's grain.
        try handle.write(contentsOf: Data([2]))
        var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        #expect(futimens(handle.fileDescriptor, &times) == 0)
        #expect(failure { try again.verifyUnchanged() }?.code == .fileChanged)
    }

    @Test func survivesReplacementByRenaming() throws {
        let directory = try TemporaryFolder()
        let path = try directory.write("f", [UInt8](repeating: 1, count: 8192))
        let file = try MappedFile(path: path)
        let other = try directory.write("g", [2])
        #expect(rename(other, path) == 0)
        try file.verifyUnchanged()
        #expect(file.withBytes { $0.allSatisfy { $0 == 1 } })
    }
}
