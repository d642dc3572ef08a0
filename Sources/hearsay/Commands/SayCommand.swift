public import ArgumentParser
import AudioIO
import Synthesis
public import WireProtocol

/// `hearsay say`: text to speech.
struct SayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "say",
        abstract: "Read text aloud.",
        discussion: """
            The text is spoken sentence by sentence: the first is heard while the others are computed, and from \
            standard input while the others are written. A file appears under its name when all has been spoken. \
            Where hearsayd runs, a text that is given, selected or in a file is heard on its loudspeaker, when it is \
            that text's turn; --pause, --resume, --skip and --stop are for what is read there.
            """)

    @Argument(
        help: ArgumentHelp(
            "What to say; '-' reads standard input, as does no text at all.", valueName: "text"))
    var text: [String] = []

    @Flag(help: "Work in this process, even if hearsayd runs.")
    var local = false

    @Option(
        name: [.customShort("v"), .long],
        help: ArgumentHelp(
            "A voice folder, a Piper voice (.onnx), the name of an installed voice, or espeak-ng, with a language as in "
                + "espeak-ng:de. Without it: the voice that came with hearsay, or espeak-ng where no other voice speaks the "
                + "language.",
            valueName: "name|path"), completion: .file())
    var voice: String?

    @OptionGroup(title: "Speech")
    var speech: SpeechArguments

    @OptionGroup(title: "Text")
    var source: SpokenTextArguments

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "File to write instead of playing: .wav, .flac, .opus or .ogg; '-' is WAV on standard output.",
            valueName: "file"),
        completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("ALSA's name of the device to play on, by this process."))
    var device: String?

    @OptionGroup(title: "Reading by hearsayd")
    var reading: ReadingArguments

    @Option(help: "What it is for, with a copied voice: one of the purposes that were consented to.")
    var purpose = "reading"

    @Option(parsing: .unconditional, help: "Threads for the computation; as many as processors without it.")
    var threads: Int?

    @Flag(name: [.customShort("q"), .long], help: "No remarks; errors only.")
    var quiet = false

    func validate() throws {
        let sources = [!text.isEmpty, source.file != nil, source.clipboard, source.selection].filter(\.self).count
        if sources > 1 { throw ValidationError("give a text, --text-file, --clipboard or --selection, and one only") }
        if reading.control != nil, sources > 0 {
            throw ValidationError("--\(reading.control?.name ?? "") reads nothing")
        }
        if text.contains("-"), text.count > 1 { throw ValidationError("'-' stands for standard input, and alone") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 … 1024") }
        if source.lenient, !source.ssml { throw ValidationError("--lenient is for --ssml") }
    }

    func run() async throws {
        if let control = reading.control { return try RemoteReading.control(control) }
        try speech.options.validate()
        let session = SpeechSession(command: self)
        let task = Task { try await session.run() }
        HearsayCommand.interruption.onRequest { task.cancel() }
        try await task.value
    }
}

/// What hearsayd's loudspeaker is to do.
struct ReadingArguments: ParsableArguments {
    @Option(help: "How urgent it is: background, normal, or important, which interrupts others.")
    var priority = ReadText.Priority.normal

    @Flag(help: "Instead of reading: pause, go on, pass over the sentence, stop all, or tell what is read.")
    var control: ReadingControl?
}

/// What can be done with what is read aloud.
enum ReadingControl: EnumerableFlag {
    case pause, resume, skip, stop, status

    var action: ControlReading.Action {
        switch self {
        case .pause: .pause
        case .resume: .resume
        case .skip: .skip
        case .stop: .stop
        case .status: .status
        }
    }

    var name: String { action.rawValue }
}

extension ReadText.Priority: ExpressibleByArgument {}

/// How speech is to sound.
struct SpeechArguments: ParsableArguments {
    @Option(parsing: .unconditional, help: "Tempo, 0.25 to 4; 2 is twice as fast.")
    var rate = 1.0

    @Option(parsing: .unconditional, help: "Semitones above the voice's own pitch, -12 to 12.")
    var pitch = 0.0

    @Option(parsing: .unconditional, help: "How far the pitch moves: 0 is monotone, 1 the voice's own, at most 2.")
    var pitchRange = 1.0

    @Option(parsing: .unconditional, help: "Decibels above the voice's own loudness, -40 to 12.")
    var volume = 0.0

    @Option(help: ArgumentHelp("Speaker of a voice that has several.", valueName: "name|number"))
    var speaker: String?

    @Option(parsing: .unconditional, help: "Seed of what is left to chance; the same seed gives the same sound.")
    var seed: UInt64 = 0

    var options: SpeechOptions {
        var options = SpeechOptions()
        options.rate = rate
        options.pitch = pitch
        options.pitchRange = pitchRange
        options.volume = volume
        options.seed = seed
        return options
    }

    /// The options for a voice, in whose names a speaker that looks like a number may be found too.
    func options(for voice: some SpeechVoice) -> SpeechOptions {
        var options = options
        options.speaker = speaker.map { name in
            if !voice.speakers.contains(name), let number = Int(name) { return .number(number) }
            return .named(name)
        }
        return options
    }
}

/// What the text is, and how it is read.
struct SpokenTextArguments: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("text-file")],
        help: ArgumentHelp("Read the text from a file; '-' is standard input.", valueName: "file"),
        completion: .file())
    var file: String?

    @Flag(help: "Read the text on the clipboard, by wl-paste or xclip.")
    var clipboard = false

    @Flag(help: "Read the selected text, by wl-paste or xclip.")
    var selection = false

    @Flag(help: "The text is SSML.")
    var ssml = false

    @Flag(help: "With --ssml: read malformed markup as plain text.")
    var lenient = false

    @Option(
        help: ArgumentHelp("Pronunciations: lines of 'word = phonemes'.", valueName: "file"), completion: .file())
    var lexicon: String?

    @Option(help: "Language of the text, as espeak-ng names it (such as en-gb); the voice's own without it.")
    var language: String?
}
