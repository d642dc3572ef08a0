import Foundation
import Glibc
import HearsayClient
import TestSupport
import Testing
import WireProtocol

@testable import hearsay

/// A daemon that hangs, or is not for this user, costs a message and no patience.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct StuckDaemonTests {
    private let folder: TemporaryFolder
    private let listener: Int32

    /// A socket that lets clients in, and never answers.
    init() throws {
        folder = try TemporaryFolder()
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("\(folder.path)/stuck.sock".utf8)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        try #require(result == 0 && listen(listener, 100) == 0)
    }

    private var environment: [String: String] { ["HEARSAY_SOCKET": "\(folder.path)/stuck.sock"] }

    @Test(arguments: [["status"], ["say", "--status"], ["jobs", "list"]])
    func shortQuestionsAreGivenUp(arguments: [String]) throws {
        defer { close(listener) }
        let result = try Program.run(arguments, in: folder, environment: environment)
        #expect(result.status == 1)
        #expect(result.errors.hasSuffix("[client.daemon_unavailable]\n"), "\(result.errors)")
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func theFirstSignalEndsWhoWaits(signal: Int32) throws {
        defer { close(listener) }
        // Of these, the second looks after signals itself.
        for arguments in [["status"], ["listening"], ["jobs", "list"]] {
            let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
            defer { close(null) }
            let child = try Program.start(arguments, output: null, in: folder, environment: environment)
            // It has asked, and waits.
            let connection = accept(listener, nil, nil)
            defer { close(connection) }
            var byte: UInt8 = 0
            #expect(recv(connection, &byte, 1, 0) == 1)
            child.send(signal)
            #expect(child.wait() == .exit(130), "\(arguments)")
        }
    }

    @Test func anAnswerThatTakesLongIsWaitedForWhereThatIsMeant() throws {
        defer { close(listener) }
        let client = try HearsayClient(path: "\(folder.path)/stuck.sock")
        let error = #expect(throws: ClientError.self) {
            try client.ask(Ping(), for: Pong.self, within: .milliseconds(200))
        }
        #expect(error?.code == .unavailable)
    }

    /// Root may everything, so that only others can be refused.
    @Test(.enabled(if: geteuid() == 0, "needs root, to be somebody else"))
    func aSocketOfSomebodyElseIsCalledThat() throws {
        defer { close(listener) }
        chmod(folder.path, 0o755)
        chmod("\(folder.path)/stuck.sock", 0o600)
        let other = "\(folder.path)/hearsay"
        try FileManager.default.copyItem(atPath: try #require(Program.path), toPath: other)
        for (mode, advice) in [(mode_t(0o600), "for user 0 only"), (0o660, "usermod -aG root")] {
            chmod("\(folder.path)/stuck.sock", mode)
            let status = try run([other, "status"])
            #expect(status.contains("Permission denied [client.socket_forbidden]"), "\(status)")
            let doctor = try run([other, "doctor", "--no-audio"])
            #expect(doctor.contains("this user may not use") && doctor.contains(advice), "\(doctor)")
        }
    }

    /// Output and errors of a program that user 65534 runs.
    private func run(_ command: [String]) throws -> String {
        let file = folder.url("output").path
        let output = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { for descriptor in [output, null] { close(descriptor) } }
        let child = try Child(
            ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command,
            environment: environment.merging(["PATH": "/usr/bin:/bin", "HOME": "/"]) { $1 }, input: null,
            output: output, errors: output)
        _ = child.wait()
        return try folder.text("output")
    }
}
