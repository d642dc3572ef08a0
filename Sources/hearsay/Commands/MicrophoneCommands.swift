import ArgumentParser
import HearsayClient
import StrictJSON
import WireProtocol

/// `hearsay mute`: nobody listens any more.
struct MuteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute", abstract: "Close hearsayd's microphone for everybody.",
        discussion: """
            Every dictation ends at once, and none can begin until 'hearsay unmute', also after hearsayd or the machine \
            was started again. Programs that open a microphone themselves, as 'hearsay dictate --local' does, are not \
            concerned.
            """)

    func run() throws { try Microphone.ask(.mute) }
}

/// `hearsay unmute`: whoever may listen can do so again.
struct UnmuteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmute", abstract: "Let hearsayd's microphone be opened again.")

    func run() throws { try Microphone.ask(.unmute) }
}

/// `hearsay listening`: who listens, as it changes.
struct ListeningCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listening", abstract: "Tell when hearsayd's microphone is opened, closed or muted.",
        discussion: """
            Goes on until it is interrupted. Tells of this user's dictations and other uses; the user that hearsayd \
            runs as, and root, hear of everybody's.
            """)

    @Flag(help: "One JSON object a line for each event.")
    var json = false

    @Flag(help: "Tell how it is now, and end.")
    var once = false

    func run() async throws {
        if once { return try tell(try Microphone.report(.status)) }
        let task = Task { [self] in
            let client = try HearsayClient.connect(environment: Environment.current)
            try client.send(MicrophoneCommand(.watch))
            while true {
                let event = try client.next()
                if event.type == MicrophoneReport.type { try tell(MicrophoneReport(event)) }
            }
        }
        HearsayCommand.interruption.onRequest { task.cancel() }
        try await task.value
    }

    private func tell(_ report: MicrophoneReport) throws {
        guard json else { return try StandardStream.output.write(Microphone.line(report) + "\n") }
        var writer = JSONWriter(style: .compact)
        writer.value(.object(report.data))
        try StandardStream.output.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
    }
}

/// The daemon's microphone, as commands ask for it.
private enum Microphone {
    static func report(_ action: MicrophoneCommand.Action) throws -> MicrophoneReport {
        try HearsayClient.connect(environment: Environment.current).ask(
            MicrophoneCommand(action), for: MicrophoneReport.self)
    }

    static func ask(_ action: MicrophoneCommand.Action) throws {
        try StandardStream.output.write(line(try report(action)) + "\n")
    }

    /// For people.
    static func line(_ report: MicrophoneReport) -> String {
        let user = report.data["user"]?.integer.map { "user \($0)" } ?? "somebody"
        let purpose = report.data["for"]?.string ?? "something"
        switch report.kind {
        case "started": return "opened by \(user) for \(purpose)"
        case "stopped": return "closed by \(user)"
        case "muted": return "muted"
        case "unmuted": return "not muted any more"
        default:
            let open = (report.data["open"]?.array ?? []).map { opening in
                "user \(opening["user"]?.integer ?? 0) for \(opening["for"]?.string ?? "something")"
            }
            return report.isMuted ? "muted" : open.isEmpty ? "closed" : "open: \(open.joined(separator: ", "))"
        }
    }
}
