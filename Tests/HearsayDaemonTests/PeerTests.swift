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
        // What would not help is not advised.
        let refusal = #expect(throws: DaemonError.self) {
            try Peer(user: nil).checkDevice("microphone", "own", section: "dictation")
        }
        #expect(refusal?.message.contains("access") == false)
    }

    private static let ping = #"{"type": "ping"}"#
    private static let dictate = #"{"type": "hearsay-dictate", "data": {"action": "start"}}"#
    private static let read = #"{"type": "hearsay-read", "data": {"text": "a"}}"#
    private static let add = #"{"type": "hearsay-job-add", "data": {"request": {"path": "/etc/hostname"}}}"#

    @Test(.enabled(if: OtherUser.canBeAsked, "needs root, setpriv and Python"))
    func anotherUserIsRefused() throws {
        let daemon = try RunningDaemon(configuration: "[socket]\nmode = \"0666\"\n")
        #expect(try OtherUser.answers(daemon, user: Self.other, [Self.ping]) == ["error server.forbidden"])
        #expect(try OtherUser.answers(daemon, user: 65_534, [Self.ping]) == ["error server.forbidden"])
        #expect(try OtherUser.answers(daemon, user: 0, [Self.ping]) == ["pong"])
    }

    @Test(.enabled(if: OtherUser.canBeAsked, "needs root, setpriv and Python"))
    func anotherUserWhoIsServedHasNeitherDevicesNorJobs() throws {
        let daemon = try RunningDaemon(configuration: "[socket]\nmode = \"0666\"\naccess = \"any\"\n")
        let events = [Self.ping, Self.dictate, Self.read, Self.add, Self.ping]
        let answers = try OtherUser.answers(daemon, user: Self.other, events)
        #expect(answers.first == "pong" && answers.last == "pong" && answers.count == events.count)
        for answer in answers.dropFirst().dropLast() { #expect(answer.hasSuffix("server.forbidden"), "\(answer)") }
        #expect(!daemon.log.contains("microphone opened"))
        #expect(try OtherUser.answers(daemon, user: 65_534, [Self.ping]) == ["error server.forbidden"])
    }
}
