import ArgumentParser
import StrictJSON

/// `hearsay doctor`: what is missing here, and what to do about it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look for what is missing or broken, and tell what to do about it.",
        discussion: """
            Opens every installed model and voice, has a word turned into phonemes, opens the default microphone and \
            loudspeaker and those of hearsayd's configuration for a moment, and asks hearsayd how it is. Nothing is changed, recorded or played. \
            Exit status 1 where something is missing that is needed; warnings leave it at 0.
            """)

    @Flag(help: "Print the findings as JSON.")
    var json = false

    @Flag(help: "Leave microphone and loudspeaker closed.")
    var noAudio = false

    func run() throws {
        let environment = Environment.current
        var findings: [Finding] = []
        findings += ModelCheckup(environment: environment).findings()
        findings += PhonemeCheckup.findings()
        if !noAudio {
            var sound = SoundCheckup()
            sound.configured = ConfiguredDevices(environment: environment)
            findings += sound.findings()
        }
        findings += MachineCheckup(environment: environment).findings()
        findings += DaemonCheckup(environment: environment).findings()
        try report(findings)
        let problems = findings.count { $0.verdict == .problem }
        if problems > 0 {
            throw Failure(
                .failure, code: "doctor.problems", problems == 1 ? "1 thing needs help" : "\(problems) things need help"
            )
        }
    }

    private func report(_ findings: [Finding]) throws {
        guard !json else {
            var writer = JSONWriter(style: .indented(2))
            writer.value(
                .object([
                    "healthy": .bool(!findings.contains { $0.verdict == .problem }),
                    "findings": .array(findings.map(\.json)),
                ]))
            return try StandardStream.output.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
        }
        let width = findings.map(\.name.count).max() ?? 0
        try StandardStream.output.write(findings.map { $0.line(nameWidth: width) }.joined())
    }
}
