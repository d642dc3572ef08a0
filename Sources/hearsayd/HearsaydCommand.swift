import ArgumentParser
import AudioIO
import FoundationEssentials
import Glibc
import HearsayDaemon
import HearsayHTTP
import Metrics
import Phonemes

/// Where the program begins, before there are other threads.
@main
enum EntryPoint {
    static func main() async {
        // The processes that compute phonemes and decode sound are this program again.
        PhonemizerHelper.runIfRequested(CommandLine.arguments)
        AudioDecoderHelper.runIfRequested(CommandLine.arguments)
        EarlySignals.keep()
        await HearsaydCommand.runToTheEnd()
    }
}

struct HearsaydCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hearsayd",
        abstract: "Serve speech recognition and speech synthesis to the programs of this machine.",
        discussion: """
            Listens on a Unix socket, and by TCP where the configuration says so. SIGHUP reads the configuration again; \
            SIGTERM ends the daemon once requests in progress are answered. Every key of the configuration can also be \
            set by the environment: limits.connections is HEARSAYD_LIMITS_CONNECTIONS.

            Exit status: 0 stopped as told; 1 it could not serve; 2 wrong usage; 3 the configuration is wrong.
            """,
        version: DaemonVersion.current)

    @Option(
        help: ArgumentHelp(
            "The configuration. Without it: ~/.config/hearsay/hearsayd.toml, else /etc/hearsay/hearsayd.toml, if there "
                + "is one.", valueName: "file"), completion: .file())
    var config: String?

    @Option(help: ArgumentHelp("Where to listen.", valueName: "path"), completion: .file())
    var socket: String?

    @Option(help: ArgumentHelp("Where to keep state.", valueName: "folder"), completion: .directory)
    var stateDir: String?

    @Flag(help: "Check the configuration, print what is wrong with it, and end.")
    var checkConfig = false

    private static let usageWrong: Int32 = 2
    private static let configurationWrong: Int32 = 3

    /// As the library's `main`, which would end with 64 where the command line is wrong.
    fileprivate static func runToTheEnd() async -> Never {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Glibc.exit(0)
        } catch let error where exitCode(for: error) == .validationFailure {
            complain(fullMessage(for: error))
            Glibc.exit(usageWrong)
        } catch {
            exit(withError: error)
        }
    }

    func run() async throws {
        var environment = ProcessInfo.processInfo.environment
        // The command line is the last word, also when the configuration is read again.
        if let socket { environment["HEARSAYD_SOCKET_PATH"] = socket }
        if let stateDir { environment["HEARSAYD_STATE_DIR"] = stateDir }
        let reader = ConfigurationReader(path: config, environment: environment)
        let configuration: DaemonConfiguration
        do {
            configuration = try reader.read()
        } catch {
            Self.complain(error.message)
            throw ExitCode(Self.configurationWrong)
        }
        if checkConfig {
            for remark in configuration.remarks { Self.complain(remark) }
            return print("\(reader.file ?? "no configuration file"): correct")
        }
        MetricsSystem.bootstrap(PrometheusRegistry())
        do {
            let daemon = try Daemon(
                configuration: configuration, reader: reader, environment: environment,
                logger: DaemonLog.start(configuration.log.level),
                makeParts: {
                    [
                        DictationService.part($0), ReadingService.part($0), JobService.part($0),
                        ConsentService.part($0, environment: environment), try HTTPPart.part($0),
                    ]
                })
            try await daemon.run()
        } catch {
            Self.complain(WireFailure(error).text)
            throw ExitCode.failure
        }
    }

    private static func complain(_ message: String) {
        let lines = message.split(separator: "\n").map { "hearsayd: \($0)\n" }
        let bytes = Array(lines.joined().utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
