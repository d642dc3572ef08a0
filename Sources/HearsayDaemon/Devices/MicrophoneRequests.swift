internal import Glibc
internal import StrictJSON
internal import WireProtocol

/// What clients ask about the microphone. Whoever may listen by it may mute it, and so may the daemon's own user and root,
/// even where nobody may listen; they see who listens, everyone else only themselves.
struct MicrophoneRequests: RequestHandling {
    private let foundations: Daemon.Foundations

    init(_ foundations: Daemon.Foundations) {
        self.foundations = foundations
    }

    let types: Set<String> = [MicrophoneCommand.type]

    var status: [(String, JSONValue)] {
        let gate = foundations.microphone
        return [
            ("microphone", .object(["muted": .bool(gate.isMuted), "open": .integer(Int64(gate.openings))]))
        ]
    }

    func handle(_ event: WireEvent, from peer: Peer, reply: Reply) async throws {
        let command = try MicrophoneCommand(event)
        guard let user = peer.user else {
            throw DaemonError(.forbidden, "the microphone is for users of this machine; ask over the Unix socket")
        }
        let isMaster = user == getuid() || user == 0
        let gate = foundations.microphone
        switch command.action {
        case .status: break
        case .watch:
            for await report in gate.reports(for: isMaster ? nil : user) { try await reply.send(report) }
            return
        case .mute, .unmute:
            if !isMaster { _ = try peer.checkMicrophone(foundations.configuration.dictation) }
            try gate.setMuted(command.action == .mute, by: user)
        }
        try await reply.send(gate.report(for: isMaster ? nil : user))
    }
}
