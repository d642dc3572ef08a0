public import ArgumentParser
import AudioIO
public import Pipelines
import Recognition

/// `hearsay dictate`: speech to text while it is spoken.
struct DictateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dictate",
        abstract: "Write down what is said into the microphone.",
        discussion: """
            Without an action, listens until it is interrupted; what was said until then is still written. For a hot \
            key, 'toggle' starts a dictation, or ends the one that runs; 'start' and 'stop' do one of both, and \
            'status' says whether there is one. Text that is certain is given out while the rest is still spoken. \
            "New line", "new paragraph" and "scratch that" are done instead of written. Where hearsayd runs, its \
            microphone is listened to, unless options name another.
            """)

    enum Action: String, CaseIterable, ExpressibleByArgument {
        case toggle, start, stop, status
    }

    @Argument(help: "What to do with the dictation of this user: toggle, start, stop or status.")
    var action: Action?

    @Flag(help: "Listen and work in this process, even if hearsayd runs.")
    var local = false

    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp(
            "A model folder, a ggml file, or the name of an installed model. Without it: as for transcribe.",
            valueName: "path|name"), completion: .file())
    var model: String?

    @OptionGroup(title: "Microphone")
    var microphone: MicrophoneArguments

    @OptionGroup(title: "Recognition")
    var recognition: DictationArguments

    @OptionGroup(title: "Output")
    var output: DictationOutputArguments

    @Flag(help: "End after the first utterance that has words.")
    var once = false

    @Option(help: "Threads for the computation; as many as processors without it.")
    var threads: Int?

    @Flag(name: [.customShort("q"), .long], help: "No remarks; errors only.")
    var quiet = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 … 1024") }
        if output.json, output.statusLine { throw ValidationError("--json and --status-line exclude each other") }
    }

    func run() async throws {
        let lock = try DictationLock(directory: DictationLock.directory())
        switch action {
        case .status: return try report(lock.isTaken ? .listening : RemoteDictation(self)?.status() ?? .stopped)
        case .stop where !lock.isTaken:
            try RemoteDictation(self)?.stop()
            return
        case .stop,
            .toggle where lock.isTaken:
            return lock.stopHolder()
        default: break
        }
        let sinks = try DictationSinks(self)
        do {
            try await listen(lock, sinks)
        } catch {
            let failure = Failure(error)
            // A bar must not go on to show what was before.
            if failure.status != .interrupted { try sinks.fail(failure) }
            throw error
        }
    }

    private func listen(_ lock: DictationLock, _ sinks: DictationSinks) async throws {
        if let remote = RemoteDictation(self) { return try await remote.run(sinks) }
        guard try lock.take() else {
            if action == .start { return }
            throw Failure(
                .failure, code: "dictate.already_running",
                "a dictation of this user runs already; end it with `hearsay dictate stop`")
        }
        defer { lock.release() }
        try await DictationRun(command: self).run(sinks)
    }

    /// Prints what the dictation is at, in the form that the options ask for.
    private func report(_ status: CaptureStatus) throws {
        let event = DictationSessionEvent.status(status)
        let line =
            output.json
            ? DictationJSONLines.line(event) : output.statusLine ? StatusLines.line(event) : status.word
        try StandardStream.output.write((line ?? "") + "\n")
    }
}

extension CaptureStatus {
    /// As JSON events name it.
    var word: String {
        switch self {
        case .opening: "opening"
        case .listening: "listening"
        case .waitingForDevice: "waiting-for-device"
        case .stopped: "stopped"
        }
    }
}

/// What is listened to.
struct MicrophoneArguments: ParsableArguments {
    @Option(help: ArgumentHelp("ALSA's name of the device to listen to; `hearsay devices` lists them."))
    var device: String?

    @Option(parsing: .unconditional, help: "Decibels to amplify what the microphone gives, -60 to 60.")
    var gain: Double?

    @Option(help: "Decibels to lower steady noise by, 0 to 60; 0 leaves it.")
    var noiseSuppression: Double?

    @Flag(help: "Wait for the device if it is not there yet.")
    var waitForDevice = false

    func validate() throws {
        guard (-60...60).contains(gain ?? 0) else { throw ValidationError("--gain must be -60 … 60") }
        guard (0...60).contains(noiseSuppression ?? 0) else {
            throw ValidationError("--noise-suppression must be 0 … 60")
        }
    }

    /// Whether anything is said about the microphone; the daemon's own is as its configuration says.
    var isGiven: Bool { device != nil || gain != nil || noiseSuppression != nil || waitForDevice }

    var options: CaptureOptions {
        var options = CaptureOptions(device: device ?? "default")
        options.gain = gain ?? 0
        options.noiseSuppression = noiseSuppression ?? 0
        options.waitsForDevice = waitForDevice
        return options
    }
}

/// How speech becomes text.
struct DictationArguments: ParsableArguments {
    @Option(help: "Language of the speech, as a code or a name (such as en, or german), or 'auto' to detect it.")
    var language = "auto"

    @Option(
        help: ArgumentHelp(
            "When a word counts as certain: once two hypotheses agree on it, or once the decoder has heard well past it.",
            valueName: "local-agreement|align-att"))
    var policy = DictationOptions().policy

    @Option(help: "Seconds of new speech between two hypotheses, 0.1 to 5.")
    var interval = DictationOptions().interval

    @Option(help: "Seconds of silence that end an utterance, 0.1 to 5; less of them where its end is sure.")
    var pause = DictationOptions().pause

    @Option(help: "Words to expect: names, terms.")
    var hotwords: String?

    @Flag(help: "Write spoken commands down instead of doing them.")
    var noCommands = false

    func validate() throws {
        guard DictationOptions.intervals.contains(interval) else {
            throw ValidationError("--interval must be 0.1 … 5")
        }
        guard DictationOptions.pauses.contains(pause) else { throw ValidationError("--pause must be 0.1 … 5") }
        guard language.lowercased() == "auto" || code != nil else {
            throw ValidationError("--language '\(language)' is not a language that Whisper models know")
        }
    }

    /// Code of the language; nil to detect it.
    var code: String? { language.lowercased() == "auto" ? nil : Language(language)?.code }

    /// Options for a model that knows many languages, or English only.
    func options(isMultilingual: Bool) -> DictationOptions {
        var options = DictationOptions()
        options.policy = policy
        options.interval = interval
        options.pause = pause
        options.language = isMultilingual ? code : "en"
        options.commands = noCommands ? SpokenCommands() : SpokenCommands(language: options.language ?? "en")
        return options
    }
}

/// Where the text goes.
struct DictationOutputArguments: ParsableArguments {
    @Flag(help: "Type the text into the focused window, by the first of wtype, ydotool, dotool and xdotool that works.")
    var type = false

    @Flag(help: "Put the text on the clipboard after each utterance, by wl-copy or xclip.")
    var clipboard = false

    @Flag(help: "One JSON object a line for each event, instead of the text.")
    var json = false

    @Flag(help: "One JSON object a line for a bar such as waybar or i3blocks, instead of the text.")
    var statusLine = false
}

extension CommitPolicy: ExpressibleByArgument {}
