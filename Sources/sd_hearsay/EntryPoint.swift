import Glibc

/// The output module of Speech Dispatcher that speaks with hearsayd's voices: `sd_hearsay CONFIGURATION`, started by
/// speech-dispatcher and driven by its lines on standard input.
@main
enum EntryPoint {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        let output = ModuleOutput(descriptor: STDOUT_FILENO)
        do {
            let configuration = try ModuleConfiguration(file: CommandLine.arguments.dropFirst().first)
            var module = OutputModule(
                configuration: configuration, environment: environment(),
                input: LineReader(descriptor: STDIN_FILENO), output: output)
            try module.run()
        } catch {
            ModuleLog.write("\(error)")
            exit(1)
        }
    }

    /// What ``HearsayClient/HearsayClient/socketPaths(environment:)`` needs of the environment.
    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        for name in ["HEARSAY_SOCKET", "XDG_RUNTIME_DIR"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return variables
    }
}

/// Lines for the module's log file, which is standard error. They never hold what is to be spoken.
enum ModuleLog {
    static func write(_ message: String) {
        let bytes = Array("sd_hearsay: \(message)\n".utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
