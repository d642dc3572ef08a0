import Foundation
import Glibc
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Start, stop, reload, limits.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"))
struct LifecycleTests {
    @Test func aStaleSocketIsReplacedAndAServedOneIsNot() throws {
        let daemon = try RunningDaemon()
        var status = stat()
        #expect(stat(daemon.socket, &status) == 0 && status.st_mode & 0o777 == 0o600)
        // A second one must leave the first alone.
        let second = try Self.run(["--socket", daemon.socket, "--state-dir", daemon.folder.path + "/state"])
        #expect(second.status == 1 && second.errors.contains("another hearsayd serves it"))
        #expect(try daemon.client().ask(Ping(), for: Pong.self).text == nil)
    }

    @Test func aFolderOfEverybodysIsNoPlaceForASocket() throws {
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o1777)
        let result = try Self.run(["--socket", "\(folder.path)/x.sock", "--state-dir", "\(folder.path)/state"])
        #expect(result.status == 1 && result.errors.contains("others may write to the folder"))
    }

    @Test func clientsThatLeaveAtOnceAreNoFailures() throws {
        let daemon = try RunningDaemon(configuration: "[log]\nlevel = \"debug\"\n")
        for _ in 0..<500 { _ = try RawConnection(daemon.socket) }
        #expect(try daemon.status().data["process"] != nil)
        #expect(!daemon.log.contains("connection refused"))
    }

    @Test func whatAKilledOneLeavesBehindIsReplaced() throws {
        let first = try RunningDaemon()
        first.stop(SIGKILL)
        #expect(FileManager.default.fileExists(atPath: first.socket))
        let folder = first.folder.path
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let child = try Child(
            [try #require(RunningDaemon.path), "--socket", first.socket, "--state-dir", "\(folder)/state"],
            environment: ["HOME": folder], input: nothing, output: nothing, errors: nothing)
        var isServed = false
        for _ in 0..<300 where !isServed {
            isServed = (try? HearsayClient(path: first.socket).ask(Ping(), for: Pong.self)) != nil
            usleep(100_000)
        }
        #expect(isServed)
        child.send(SIGTERM)
        #expect(child.wait() == .exit(0))
    }

    @Test func reloadingChangesLimitsAndKeepsSessions() throws {
        let daemon = try RunningDaemon(configuration: "[limits]\ntext_bytes = 100\n")
        let client = try daemon.client()
        #expect(try client.ask(GetSettings(), for: SettingsReport.self).settings["limits.text_bytes"]?.integer == 100)
        try daemon.folder.write("hearsayd.toml", "[limits]\ntext_bytes = 200\n".utf8)
        daemon.send(SIGHUP)
        #expect(
            try Self.waitFor {
                try client.ask(GetSettings(), for: SettingsReport.self).settings["limits.text_bytes"]?.integer == 200
            })
        // A broken file changes nothing.
        try daemon.folder.write("hearsayd.toml", "[limits]\ntext_byte = 300\n".utf8)
        daemon.send(SIGHUP)
        #expect(try Self.waitFor { daemon.log.contains("stays as it was") })
        #expect(try client.ask(GetSettings(), for: SettingsReport.self).settings["limits.text_bytes"]?.integer == 200)
    }

    @Test func reloadingChangesHowMuchIsLogged() throws {
        let daemon = try RunningDaemon(configuration: "[log]\nlevel = \"trace\"\n")
        let connection = try RawConnection(daemon.socket)
        func failures() -> Int {
            connection.send(SynthesizeStop())
            connection.send(Ping())
            _ = connection.events(through: Pong.type)
            return daemon.log.components(separatedBy: "request failed").count - 1
        }
        func reload(_ level: String) throws -> Bool {
            try daemon.folder.write("hearsayd.toml", "[log]\nlevel = \"\(level)\"\n".utf8)
            daemon.send(SIGHUP)
            return try Self.waitFor {
                try daemon.client().ask(GetSettings(), for: SettingsReport.self).settings["log.level"]?.string == level
            }
        }
        #expect(failures() == 1)
        #expect(try reload("error"))
        #expect(failures() == 1)
        #expect(try reload("info"))
        #expect(failures() == 2)
    }

    @Test func aDefaultModelThatIsMissingIsInTheLog() throws {
        let daemon = try RunningDaemon(environment: ["HEARSAYD_ENGINE_MODEL": "quizzacious"])
        #expect(try Self.waitFor { daemon.log.contains("quizzacious") })
    }

    @Test func stoppingAnswersWhatHasArrived() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        connection.send(EventEncoder.encode(Ping(text: "a")))
        #expect(connection.next()?.type == Pong.type)
        #expect(daemon.stop() == .exit(0))
        #expect(connection.next() == nil)
    }

    @Test func aPartOfAnEventIsNotWaitedForLong() throws {
        let daemon = try RunningDaemon(configuration: "[timeouts]\nevent_seconds = 1\n")
        let connection = try RawConnection(daemon.socket)
        connection.send("{\"type\": \"pi")
        #expect(try WireErrorEvent(try #require(connection.next())).code == "protocol.too_slow")
        #expect(connection.next() == nil)
    }

    @Test func anIdleConnectionIsClosed() throws {
        let daemon = try RunningDaemon(configuration: "[timeouts]\nidle_seconds = 1\n")
        let connection = try RawConnection(daemon.socket)
        #expect(connection.next() == nil)
    }

    @Test func oneConnectionTooManyIsRefusedWithAWord() throws {
        let daemon = try RunningDaemon(configuration: "[limits]\nconnections = 4\n")
        // The connection that waited for the daemon is gone when this is the only one.
        #expect(try Self.waitFor { try daemon.status().data["connections"]?["open"]?.integer == 1 })
        usleep(200_000)
        let connections = try (0..<4).map { _ in try RawConnection(daemon.socket) }
        for connection in connections {
            connection.send(Ping())
            #expect(connection.next()?.type == Pong.type)
        }
        let refused = try RawConnection(daemon.socket)
        #expect(try WireErrorEvent(try #require(refused.next())).code == "server.too_many_connections")
        #expect(refused.next() == nil)
        withExtendedLifetime(connections) {}
    }

    @Test func theServiceManagerIsTold() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/notify"
        let notifications = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(notifications) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(notifications, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        func next() -> String {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            var state = pollfd(fd: notifications, events: Int16(POLLIN), revents: 0)
            guard poll(&state, 1, 60_000) > 0 else { return "" }
            return String(decoding: buffer[..<max(0, recv(notifications, &buffer, buffer.count, 0))], as: UTF8.self)
        }
        func next(_ beginning: String) -> Bool {
            for _ in 0..<1_000 {
                let text = next()
                if text.hasPrefix(beginning) { return true }
                if text.isEmpty { return false }
            }
            return false
        }
        let daemon = try RunningDaemon(environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"])
        #expect(next("READY=1"))
        #expect(next("WATCHDOG=1"))
        daemon.send(SIGHUP)
        #expect(next("RELOADING=1\nMONOTONIC_USEC="))
        #expect(next("READY=1"))
        #expect(daemon.stop() == .exit(0))
        #expect(next("STOPPING=1"))
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-socket-activate")))
    func aSocketMayBePassed() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/passed.sock"
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let child = try Child(
            [
                "/usr/bin/systemd-socket-activate", "-l", path, "-E", "HOME=\(folder.path)",
                try #require(RunningDaemon.path), "--state-dir", "\(folder.path)/state",
            ], environment: ["HOME": folder.path], input: nothing, output: nothing, errors: nothing)
        #expect(try Self.waitFor { FileManager.default.fileExists(atPath: path) })
        #expect(try HearsayClient(path: path).ask(Ping(text: "x"), for: Pong.self).text == "x")
        child.send(SIGTERM)
        #expect(child.wait() == .exit(0))
        #expect(FileManager.default.fileExists(atPath: path), "the socket is not ours to remove")
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-socket-activate")),
        arguments: [("0.0.0.0", "wyoming"), ("0.0.0.0", "http"), ("127.0.0.1", "wyoming")])
    func aSocketThatOtherMachinesReachIsRefused(address: String, name: String) throws {
        let folder = try TemporaryFolder()
        let port = StreamSocket.freePort()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let errors = open("\(folder.path)/errors", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { for descriptor in [nothing, errors] { close(descriptor) } }
        let child = try Child(
            [
                "/usr/bin/systemd-socket-activate", "-l", "\(address):\(port)", "--fdname", name,
                "-E", "HOME=\(folder.path)", try #require(RunningDaemon.path), "--state-dir", "\(folder.path)/state",
                "--socket", "\(folder.path)/run/hearsay.sock",
            ], environment: ["HOME": folder.path], input: nothing, output: nothing, errors: errors)
        var connection: RawConnection?
        #expect(
            try Self.waitFor {
                connection = try? RawConnection(port: port)
                return connection != nil
            })
        connection?.send(Ping())
        let isServed = connection?.next()?.type == Pong.type
        if isServed { child.send(SIGTERM) }
        #expect(isServed == (address == "127.0.0.1"))
        #expect(child.wait() == .exit(isServed ? 0 : 1))
        #expect(try folder.text("errors").contains("other machines may reach") == !isServed)
    }

    @Test func theConfigurationIsChecked() throws {
        let folder = try TemporaryFolder()
        let good = try folder.write("good.toml", "[limits]\nconnections = 7\n".utf8)
        #expect(try Self.run(["--check-config", "--config", good]).status == 0)
        let bad = try folder.write("bad.toml", "[limits]\nconections = 7\n\n[socket]\nmode = 600\n".utf8)
        let result = try Self.run(["--check-config", "--config", bad])
        #expect(result.status == 3)
        #expect(
            result.errors.contains(
                "bad.toml:2: unknown key \"limits.conections\"; did you mean \"limits.connections\"?"))
        #expect(result.errors.contains("bad.toml:5: socket.mode: a whole number where a string is expected"))
        let vague = try folder.write("vague.toml", "[log]\nx = 1\n".utf8)
        let hint = try Self.run(["--check-config", "--config", vague]).errors
        #expect(hint.contains("unknown key \"log.x\"") && !hint.contains("did you mean \"log\""), "\(hint)")
        let wide = try folder.write("wide.toml", "[limits]\ntext_bytes = 8000000\n".utf8)
        let remark = try Self.run(["--check-config", "--config", wide])
        #expect(remark.status == 0 && remark.errors.contains("limits.data_bytes, 1048576"), "\(remark.errors)")
    }

    @Test(arguments: ["--nope", "foo"]) func wrongUsageEndsWithTwo(argument: String) throws {
        let result = try Self.run([argument])
        #expect(result.status == 2 && result.errors.contains("Usage: hearsayd"), "\(result.errors)")
    }

    /// What comes with hearsay must be what it does when nothing is configured.
    @Test func theConfigurationThatComesAlongIsRight() throws {
        let file = RunningDaemon.root.appending(path: "Config/hearsayd.toml")
        #expect(try Self.run(["--check-config", "--config", file.path]).status == 0)
    }

    // MARK: Support

    static func waitFor(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<1_200 {
            if try condition() { return true }
            usleep(100_000)
        }
        return false
    }

    static func run(_ arguments: [String]) throws -> (status: Int32, errors: String) {
        let folder = try TemporaryFolder()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let errors = open("\(folder.path)/errors", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { for descriptor in [nothing, errors] { close(descriptor) } }
        let child = try Child(
            [try #require(RunningDaemon.path)] + arguments, environment: ["HOME": folder.path], input: nothing,
            output: nothing, errors: errors)
        let end = child.wait()
        let text = try folder.text("errors")
        if case .exit(let status) = end { return (status, text) }
        return (-1, text)
    }
}
