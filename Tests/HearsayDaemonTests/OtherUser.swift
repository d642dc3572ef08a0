import Foundation
import Glibc
import TestSupport
import Testing

/// Clients that are somebody else, which only root can make.
enum OtherUser {
    private static let launcher = "/usr/bin/setpriv"
    /// The system's: others may not be able to use one that somebody installed for themselves.
    private static let python = "/usr/bin/python3"
    static let canBeAsked =
        geteuid() == 0 && access(launcher, X_OK) == 0 && access(python, X_OK) == 0 && RunningDaemon.path != nil

    /// Sends events and prints what comes back first for each: its type, and its code if it is an error. Stays to the end of
    /// its input.
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
            print(header["type"], data.get("code", ""), flush=True)
        sys.stdin.read()
        """

    /// What `user` is answered to each event.
    static func answers(_ daemon: RunningDaemon, user: UInt32, _ events: [String]) throws -> [String] {
        let output = daemon.folder.url("answers").path
        unlink(output)
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let descriptor = open(output, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { for descriptor in [nothing, descriptor] { close(descriptor) } }
        let child = try start(daemon, user: user, events, input: nothing, output: descriptor)
        #expect(child.wait() == .exit(0))
        return try daemon.folder.text("answers").split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    /// A client that stays until `input` ends.
    static func start(
        _ daemon: RunningDaemon, user: UInt32, _ events: [String], input: Int32, output: Int32
    ) throws -> Child {
        chmod((daemon.socket as NSString).deletingLastPathComponent, 0o755)
        return try Child(
            [
                launcher, "--reuid=\(user)", "--regid=\(user)", "--clear-groups", python, "-c", script, daemon.socket,
            ] + events, environment: [:], input: input, output: output, errors: output)
    }
}
