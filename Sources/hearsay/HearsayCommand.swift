import ArgumentParser
import AudioIO
import Glibc
import Phonemes

/// Where the program begins, on the main thread and before there is any other.
@main
enum EntryPoint {
    static func main() {
        // The processes that compute phonemes and decode files are this program again.
        PhonemizerHelper.runIfRequested(CommandLine.arguments)
        AudioDecoderHelper.runIfRequested(CommandLine.arguments)
        // Signals must be blocked in the main thread too: an asynchronous main function would already run elsewhere, and
        // a signal that any thread leaves open ends the program.
        _ = HearsayCommand.interruption
        Task.detached { await HearsayCommand.runToTheEnd() }
        while true { pause() }
    }
}

struct HearsayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hearsay",
        abstract: "Speech on this machine: sound in, text out; text in, sound out.",
        discussion: """
            Exit status: 0 done; 1 some of several files failed; 2 wrong usage; 3 a model or voice is missing, damaged \
            or could not be downloaded; 4 a recording is missing, damaged or of an unknown format, or an audio device \
            cannot be used; 5 a result could not be written; 6 a text cannot be read or has nothing to say, or its \
            markup or a lexicon is malformed; 130 interrupted.
            """,
        version: "0.1.0",
        subcommands: [
            TranscribeCommand.self, JobsCommand.self, DictateCommand.self, SayCommand.self, DevicesCommand.self,
            MuteCommand.self, UnmuteCommand.self, ListeningCommand.self,
            ModelsCommand.self, VoicesCommand.self, CodecCommand.self, StatusCommand.self, DoctorCommand.self,
            MarkCommand.self, VoiceCommand.self, AuditCommand.self,
        ])

    /// Takes over signals; set before the first command runs.
    static let interruption = Interruption()

    /// Runs the command that the arguments ask for and ends the program.
    fileprivate static func runToTheEnd() async -> Never {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Glibc.exit(ExitStatus.success.rawValue)
        } catch {
            finish(error, interruption)
        }
    }

    /// Prints what `error` means and ends the program with its status.
    private static func finish(_ error: any Error, _ interruption: Interruption) -> Never {
        // Whatever broke while everything was being stopped, it was stopped.
        if interruption.isRequested { _exit(ExitStatus.interrupted.rawValue) }
        // An answer that is no, and has been given already.
        if let code = error as? ExitCode { Glibc.exit(code.rawValue) }
        if isFromParser(error) {
            let isHelp = exitCode(for: error).isSuccess
            let stream = isHelp ? StandardStream.output : StandardStream.error
            try? stream.write(fullMessage(for: error) + "\n")
            Glibc.exit(isHelp ? ExitStatus.success.rawValue : ExitStatus.usage.rawValue)
        }
        let failure = Failure(error)
        if failure.status == .output { StandardStream.endIfOutputIsUnread() }
        Message.error(failure)
        Glibc.exit(failure.status.rawValue)
    }

    /// Help, completion scripts and complaints about the command line; everything else is an error of ours.
    private static func isFromParser(_ error: any Error) -> Bool {
        let code = exitCode(for: error)
        return code.isSuccess || code == .validationFailure
    }
}

/// Lines for people, on standard error.
enum Message {
    static func error(_ failure: Failure) {
        try? StandardStream.error.write("hearsay: \(failure)\n".printable)
    }

    static func note(_ text: String) {
        try? StandardStream.error.write("hearsay: \(text)\n".printable)
    }
}
