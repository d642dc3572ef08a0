import Foundation
import Glibc
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Who listens is told to others, and everybody can be shut out.
@Suite(
    .enabled(if: RunningDaemon.path != nil && RunningDaemon.golden != nil, "hearsayd is not built, or no golden model"))
struct MicrophoneTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A daemon whose microphone hears an hour of silence.
    private func daemon(
        access: String = "own", mode: String = "0600", launcher: [String] = [], state: String? = nil
    ) throws -> RunningDaemon {
        let silence = folder.url("mic.raw")
        close(open(silence.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        truncate(silence.path, 3_600 * 32_000)
        let alsa = RunningDaemon.root.appending(path: "Tests/Fixtures/audio/asound.conf").path
        return try RunningDaemon(
            configuration: """
                [socket]
                access = "any"
                mode = "\(mode)"
                [wyoming]
                mic_socket = "\(folder.path)/mic.sock"
                [dictation]
                device = "fromfile:\(silence.path)"
                access = "\(access)"
                """,
            environment: ["ALSA_CONFIG_PATH": alsa], launcher: launcher, state: state)
    }

    private func isOpen(_ daemon: RunningDaemon) throws -> Bool {
        let descriptors = "/proc/\(daemon.number)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: descriptors).contains { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(descriptors)/\(name)"))?
                .hasSuffix("mic.raw") == true
        }
    }

    private func next(_ connection: RawConnection) throws -> JSONObject {
        let event = try #require(connection.next())
        #expect(event.type == MicrophoneReport.type)
        return event.data
    }

    @Test func mutingEndsWhateverListensAndNothingBeginsUntilItIsUndone() throws {
        let state = folder.url("state").path
        var daemon = try daemon(state: state)
        let dictating = try RawConnection(daemon.socket)
        dictating.send(Dictate(action: .start, language: "en"))
        #expect(dictating.next()?.data["status"]?.string == "listening")
        let wyoming = try RawConnection("\(folder.path)/mic.sock")
        #expect(wyoming.next()?.type == AudioStart.type)
        #expect(try isOpen(daemon))
        #expect(try daemon.status().data["microphone"]?["open"]?.integer == 2)

        let answer = try daemon.client().ask(MicrophoneCommand(.mute), for: MicrophoneReport.self)
        #expect(answer.isMuted)
        for connection in [dictating, wyoming] {
            let events = connection.events(through: WireErrorEvent.type)
            #expect(events.last?.data["code"]?.string == "microphone.muted")
        }
        #expect(try LifecycleTests.waitFor { try !isOpen(daemon) })
        #expect(try daemon.status().data["microphone"]?["muted"]?.bool == true)

        func isRefused(_ daemon: RunningDaemon) throws {
            let connection = try RawConnection(daemon.socket)
            connection.send(Dictate(action: .toggle))
            #expect(connection.next()?.data["code"]?.string == "microphone.muted")
            #expect(try RawConnection("\(folder.path)/mic.sock").next()?.data["code"]?.string == "microphone.muted")
            #expect(try !isOpen(daemon))
        }
        try isRefused(daemon)
        daemon.send(SIGHUP)
        #expect(try LifecycleTests.waitFor { daemon.log.contains("configuration read again") })
        try isRefused(daemon)
        #expect(daemon.log.contains("microphone muted"))
        // Whatever ends it, the next one knows.
        daemon.stop(SIGKILL)
        daemon = try self.daemon(state: state)
        try isRefused(daemon)

        #expect(try !daemon.client().ask(MicrophoneCommand(.unmute), for: MicrophoneReport.self).isMuted)
        let again = try RawConnection(daemon.socket)
        again.send(Dictate(action: .start, language: "en"))
        #expect(again.next()?.data["status"]?.string == "listening")
        daemon.stop()
        daemon = try self.daemon(state: state)
        #expect(try daemon.status().data["microphone"]?["muted"]?.bool == false)
    }

    @Test func otherClientsAreToldWhoListens() throws {
        let daemon = try daemon()
        let watching = try RawConnection(daemon.socket)
        watching.send(MicrophoneCommand(.watch))
        let now = try next(watching)
        #expect(now["event"]?.string == "status" && now["open"]?.array?.isEmpty == true)
        do {
            let dictating = try RawConnection(daemon.socket)
            dictating.send(Dictate(action: .start, language: "en"))
            let started = try next(watching)
            #expect(started["event"]?.string == "started" && started["for"]?.string == "dictation")
            #expect(started["user"]?.integer == Int(getuid()))
            #expect(dictating.next()?.data["status"]?.string == "listening")
        }
        #expect(try next(watching)["event"]?.string == "stopped")
        _ = try daemon.client().ask(MicrophoneCommand(.mute), for: MicrophoneReport.self)
        #expect(try next(watching)["event"]?.string == "muted")
    }

    // MARK: Other users, and who sits at the machine

    private static let canPretend =
        OtherUser.canBeAsked && access("/usr/bin/unshare", X_OK) == 0 && access("/usr/bin/nsenter", X_OK) == 0
        && dlopen("libsystemd.so.0", RTLD_NOW) != nil

    /// Makes the daemon see a logind of our own, with this user in front.
    private static func seat(_ user: UInt32) -> [String] {
        [
            "/usr/bin/unshare", "--mount", "/bin/sh", "-c",
            """
            mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && mkdir /run/systemd/seats &&
            printf 'IS_SEAT0=1\\nACTIVE=c1\\nACTIVE_UID=\(user)\\n' > /run/systemd/seats/seat0 && exec "$@"
            """, "sh",
        ]
    }

    @Test(.enabled(if: canPretend, "needs root, unshare, setpriv, Python and libsystemd"))
    func whoSitsAtTheMachineMayListen() throws {
        chmod(folder.path, 0o755)
        let daemon = try daemon(access: "seat", mode: "0666", launcher: Self.seat(54_321))
        let (dictate, mute) = (
            #"{"type": "hearsay-dictate", "data": {"action": "start"}}"#,
            #"{"type": "hearsay-microphone", "data": {"action": "mute"}}"#
        )
        // The one in front, and somebody who has come by other ways.
        #expect(try OtherUser.answers(daemon, user: 54_321, [dictate]) == ["hearsay-dictation"])
        #expect(
            try OtherUser.answers(daemon, user: 54_322, [dictate, mute])
                == Array(
                    repeating: "error server.forbidden", count: 2))
        #expect(try LifecycleTests.waitFor { try daemon.status().data["dictations"]?.integer == 0 })
        #expect(try !isOpen(daemon))

        // Another comes to the front while somebody listens.
        let watching = try RawConnection(daemon.socket)
        watching.send(MicrophoneCommand(.watch))
        _ = try next(watching)
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { for descriptor in ends + [nothing] { close(descriptor) } }
        let child = try OtherUser.start(daemon, user: 54_321, [dictate], input: ends[0], output: nothing)
        defer { child.send(SIGKILL) }
        #expect(try next(watching)["event"]?.string == "started")
        let change = try Child(
            [
                "/usr/bin/nsenter", "--mount", "--target", "\(daemon.number)", "/bin/sh", "-c",
                "printf 'IS_SEAT0=1\\nACTIVE=c2\\nACTIVE_UID=54322\\n' > /run/systemd/seats/seat0",
            ], environment: [:], input: nothing, output: nothing, errors: nothing)
        #expect(change.wait() == .exit(0))
        #expect(try next(watching)["event"]?.string == "stopped")
        #expect(try LifecycleTests.waitFor { try !isOpen(daemon) })
        #expect(try OtherUser.answers(daemon, user: 54_321, [mute]) == ["error server.forbidden"])
        #expect(try OtherUser.answers(daemon, user: 54_322, [mute]) == [MicrophoneReport.type])
        #expect(try next(watching)["event"]?.string == "muted")
    }
}
