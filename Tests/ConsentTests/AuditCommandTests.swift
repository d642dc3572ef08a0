import Crypto
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Consent

/// `hearsay audit verify`, which has nothing but the files.
@Suite(.enabled(if: BuiltProgram.path != nil, "the program is not built"))
struct AuditCommandTests {
    private func verify(_ folder: String, _ arguments: [String] = []) throws -> (status: Child.End, text: String) {
        let output = TestStore.temporaryFile()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let descriptor = open(output, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer {
            for descriptor in [nothing, descriptor] { close(descriptor) }
            unlink(output)
        }
        let child = try Child(
            [BuiltProgram.path ?? "", "audit", "verify", "--folder", folder] + arguments, environment: [:],
            input: nothing, output: descriptor, errors: descriptor)
        return (child.wait(), try String(contentsOfFile: output, encoding: .utf8))
    }

    @Test func saysWhetherTheLogIsWhole() throws {
        let test = try TestStore()
        _ = try test.grant()
        let head = try #require(try test.audit().head)
        let key = Hexadecimal.text(try test.keys().auditSigningKey.publicKey.rawRepresentation)
        for arguments in [[], ["--key", key], ["--head", head.description]] {
            let whole = try verify(test.state, arguments)
            #expect(whole.status == .exit(0) && whole.text.hasSuffix("\(head)\n"), "\(whole.text)")
        }
        let other = try verify(test.state, ["--key", String(repeating: "0", count: 64)])
        #expect(other.status == .exit(1) && other.text.contains("audit.chain_broken"))
        let path = AuditVerification.logPath(in: test.state)
        let rows = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        try rows.dropLast().map { "\($0)\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
        let cut = try verify(test.state)
        #expect(cut.status == .exit(1) && cut.text.contains("row \(rows.count)"), "\(cut.text)")
        #expect(try verify(test.state, ["--head", "nonsense"]).status == .exit(2))
    }
}

extension TestStore {
    fileprivate static func temporaryFile() -> String { NSTemporaryDirectory() + "hearsay-audit-\(UUID().uuidString)" }
}
