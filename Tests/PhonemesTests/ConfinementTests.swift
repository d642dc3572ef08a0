import Foundation
import Glibc
import TestSupport
import Testing

/// What helper processes can do once they have given up their rights, by a program that tries it.
@Suite(.enabled(if: Attempts.program != nil, "no C compiler"))
struct ConfinementTests {
    /// By the name of an attempt, the error that came of it, or 0.
    private func attempts(_ mode: String) throws -> [String: Int32] {
        let folder = try TemporaryFolder()
        let file = try folder.write("inside/file", "x".utf8)
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        // A pipe, as helpers have: no file may grow.
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for descriptor in [nothing] + ends { close(descriptor) } }
        let child = try Child(
            [Attempts.program ?? "", mode, folder.url("inside").path, file], environment: [:], input: nothing,
            output: ends[1], errors: nothing)
        #expect(child.wait() == .exit(0))
        #expect(access(file, F_OK) == 0 && access(folder.url("inside/written").path, F_OK) == -1)
        var results: [String: Int32] = [:]
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let text = String(decoding: buffer[..<max(0, read(ends[0], &buffer, buffer.count))], as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            results[String(words[0])] = Int32(words[1])
        }
        return results
    }

    @Test(arguments: ["nothing", "reading", "folder"])
    func nothingCanBeReachedOrChanged(mode: String) throws {
        let results = try attempts(mode)
        for name in ["execve", "internet", "unix", "ptrace", "kill", "fork", "write", "unlink", "rename"] {
            #expect(results[name] == EPERM, "\(name)")
        }
        #expect(results["memory"] == ENOMEM)
        #expect(results["compute"] == 0)
    }

    @Test func filesAreThoseThatAreNeeded() throws {
        let (closed, limited) = (try attempts("nothing"), try attempts("folder"))
        #expect(closed["passwd"] == EPERM && closed["file"] == EPERM)
        #expect(limited["passwd"] == EACCES && limited["process"] == EACCES && limited["file"] == 0)
    }
}

private enum Attempts {
    static let program = CompiledFixture.program(
        "helper/attempts.c", headers: ["Sources/CHelperProcess/include"])
}
