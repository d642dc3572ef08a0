import Foundation
import Glibc
import StrictJSON
import TestSupport
import Testing
import WireProtocol

@testable import HearsayDaemon

/// Who is served, by what the kernel says of who connects.
struct PeerTests {
    private static let other: UInt32 = 54_321

    private func isServed(_ user: UInt32?, _ access: DaemonConfiguration.Access) -> Bool {
        (try? Peer(user: user).checkAccess(access)) != nil
    }

    private func mayUseDevice(_ user: UInt32?, _ access: String) -> Bool {
        (try? Peer(user: user).checkDevice("microphone", access, section: "dictation")) != nil
    }

    @Test func usersAreToldApart() {
        for access in [DaemonConfiguration.Access.own, .any] {
            #expect(isServed(getuid(), access) && isServed(0, access))
            #expect(isServed(Self.other, access) == (access == .any))
            // Whom the kernel cannot name is nobody at all.
            #expect(!isServed(65_534, access))
        }
        #expect(mayUseDevice(getuid(), "own") && mayUseDevice(0, "own") && mayUseDevice(Self.other, "any"))
        #expect(!mayUseDevice(Self.other, "own") && !mayUseDevice(nil, "any") && !mayUseDevice(nil, "own"))
        #expect(!mayUseDevice(getuid(), "none") && !mayUseDevice(0, "none"))
    }

    private static let launcher = "/usr/bin/setpriv"
    /// The system's: others may not be able to use one that somebody installed for themselves.
    private static let python = "/usr/bin/python3"
    private static let canBeOthers =
        geteuid() == 0 && access(launcher, X_OK) == 0 && access(python, X_OK) == 0 && RunningDaemon.path != nil

    /// Sends events as somebody else and prints what comes back for each: its type, and its code if it is an error.
    private static let script = """
        import json, socket, sys
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        connection.connect(sys.argv[1])
        stream = connection.makefile("rwb")
        for event in sys.argv[2:]:
            try:
                stream.write(event.encode() + b"\\n")
                stream.flush()
            except BrokenPipeError:
                pass
            header = json.loads(stream.readline() or b'{"type": "end"}')
            data = header.get("data", {})
            data.update(json.loads(stream.read(header.get("data_length", 0)) or b"{}"))
            print(header["type"], data.get("code", ""))
        """

    private func answers(_ daemon: RunningDaemon, user: UInt32, _ events: [String]) throws -> [String] {
        chmod((daemon.socket as NSString).deletingLastPathComponent, 0o755)
        let output = daemon.folder.url("answers").path
        unlink(output)
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let descriptor = open(output, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { for descriptor in [nothing, descriptor] { close(descriptor) } }
        let child = try Child(
            [
                Self.launcher, "--reuid=\(user)", "--regid=\(user)", "--clear-groups",
                Self.python, "-c", Self.script, daemon.socket,
            ] + events, environment: [:], input: nothing, output: descriptor, errors: nothing)
        #expect(child.wait() == .exit(0))
        return try daemon.folder.text("answers").split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    private static let ping = #"{"type": "ping"}"#
    private static let dictate = #"{"type": "hearsay-dictate", "data": {"action": "start"}}"#
    private static let read = #"{"type": "hearsay-read", "data": {"text": "a"}}"#
    private static let add = #"{"type": "hearsay-job-add", "data": {"request": {"path": "/etc/hostname"}}}"#

    @Test(.enabled(if: canBeOthers, "needs root, setpriv and Python"))
    func anotherUserIsRefused() throws {
        let daemon = try RunningDaemon(configuration: "[socket]\nmode = \"0666\"\n")
        #expect(try answers(daemon, user: Self.other, [Self.ping]) == ["error server.forbidden"])
        #expect(try answers(daemon, user: 65_534, [Self.ping]) == ["error server.forbidden"])
        #expect(try answers(daemon, user: 0, [Self.ping]) == ["pong"])
    }

    @Test(.enabled(if: canBeOthers, "needs root, setpriv and Python"))
    func anotherUserWhoIsServedHasNeitherDevicesNorJobs() throws {
        let daemon = try RunningDaemon(configuration: "[socket]\nmode = \"0666\"\naccess = \"any\"\n")
        let events = [Self.ping, Self.dictate, Self.read, Self.add, Self.ping]
        let answers = try answers(daemon, user: Self.other, events)
        #expect(answers.first == "pong" && answers.last == "pong" && answers.count == events.count)
        for answer in answers.dropFirst().dropLast() { #expect(answer.hasSuffix("server.forbidden"), "\(answer)") }
        #expect(!daemon.log.contains("microphone opened"))
        #expect(try self.answers(daemon, user: 65_534, [Self.ping]) == ["error server.forbidden"])
    }
}
