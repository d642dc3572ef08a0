import ArgumentParser
import AudioIO
import Synthesis

/// `hearsay say`: text to speech.
struct SayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "say",
        abstract: "Read text aloud.",
        discussion: """
            The text is spoken sentence by sentence: the first is heard while the others are computed, and from \
            standard input while the others are written. A file appears under its name when all has been spoken.
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
            "A voice folder, a Piper voice (.onnx), or the name of an installed voice. Without it: the voice that came "
                + "with hearsay.",
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

    @Option(help: "ALSA's name of the device to play on.")
    var device = "default"

    @Option(help: "Threads for the computation; as many as processors without it.")
    var threads: Int?

    @Flag(name: [.customShort("q"), .long], help: "No remarks; errors only.")
    var quiet = false

    func validate() throws {
        if !text.isEmpty, source.file != nil { throw ValidationError("give a text or --text-file, not both") }
        if text.contains("-"), text.count > 1 { throw ValidationError("'-' stands for standard input, and alone") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 … 1024") }
        if source.lenient, !source.ssml { throw ValidationError("--lenient is for --ssml") }
        do {
            try speech.options.validate()
        } catch {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        let session = SpeechSession(command: self)
        let task = Task { try await session.run() }
        HearsayCommand.interruption.onRequest { task.cancel() }
        try await task.value
    }
}

/// How speech is to sound.
struct SpeechArguments: ParsableArguments {
    @Option(help: "Tempo, 0.25 to 4; 2 is twice as fast.")
    var rate = 1.0

    @Option(parsing: .unconditional, help: "Semitones above the voice's own pitch, -12 to 12.")
    var pitch = 0.0

    @Option(help: "How far the pitch moves: 0 is monotone, 1 the voice's own, at most 2.")
    var pitchRange = 1.0

    @Option(parsing: .unconditional, help: "Decibels above the voice's own loudness, -40 to 12.")
    var volume = 0.0

    @Option(help: ArgumentHelp("Speaker of a voice that has several.", valueName: "name|number"))
    var speaker: String?

    @Option(help: "Seed of what is left to chance; the same seed gives the same sound.")
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
