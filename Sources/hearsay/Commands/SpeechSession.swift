import AudioIO
import Glibc
import ModelStore
import Phonemes
import Pipelines
import Synthesis
import Tensors
import Watermark
import WeightFiles

/// One run of `hearsay say`.
struct SpeechSession: Sendable {
    private let command: SayCommand

    init(command: SayCommand) {
        self.command = command
    }

    /// Speaks, and returns when all has been heard or stored.
    func run() async throws {
        let text = try ReadableText(command)
        try text.check(language: command.source.language ?? "en-us")
        let key = Marking.key { note($0) }
        if let remote = RemoteSpeech(command) {
            for remark in try remote.remarks(on: text) { note(remark) }
        }
        if let remote = RemoteReading(command, text), try await remote.read() { return }
        if let remote = RemoteSpeech(command) {
            return try await remote.speak(text) { try makeSink(sampleRate: $0, key) }
        }
        let phonemizer = startPhonemizer()
        let voice = try VoicesCommand.open(
            command.voice, speaking: command.source.language, threads: command.threads
        ) { note($0) }
        var job = ReadAloudJob(
            try text.jobText(), voice: voice, frontEnd: try frontEnd(phonemizer, voice),
            options: command.speech.options(for: voice), signature: SpeechSignature(key: key?.watermark))
        job.refusesSilence = true
        try await job.run(into: { try makeSink(sampleRate: voice.sampleRate, key) }) { event in
            if case .warning(let message) = event { note(message) }
        }
    }

    /// It starts up while the voice is opened.
    private func startPhonemizer() -> PhonemizerProcess {
        let isQuiet = command.quiet
        let phonemizer = PhonemizerProcess { piece in
            if !isQuiet { Message.note("left out, because espeak-ng cannot read it: \(piece)") }
        }
        phonemizer.prepare(language: command.source.language ?? "en-us")
        return phonemizer
    }

    private func frontEnd(_ phonemizer: PhonemizerProcess, _ voice: any SpeechVoice) throws -> SpeechFrontEnd {
        let language = command.source.language ?? voice.language
        var lexicon = Lexicon()
        if let path = command.source.lexicon {
            let file = try ReadableText.map(path, limit: Lexicon.longest)
            do {
                lexicon = try Lexicon(parsing: file.withBytes { Array($0) }, language: language)
            } catch {
                throw Failure(.text, code: error.code.rawValue, "\(path): \(error.message)")
            }
        }
        return SpeechFrontEnd(language: language, phonemizer: phonemizer, lexicon: lexicon)
    }

    private func makeSink(sampleRate: Int, _ key: MarkingKey?) throws -> any SpeechSink {
        switch command.output {
        case nil: try ALSAPlayback(device: command.device ?? "default", sampleRate: sampleRate)
        case "-":
            try AudioFileWriter(streamingTo: STDOUT_FILENO, name: "standard output", sampleRate: sampleRate)
        case let path?:
            try AudioFileWriter(
                path: path, sampleRate: sampleRate,
                provenance: FileProvenance(version: Marking.version, key: key))
        }
    }

    private func note(_ message: String) {
        if !command.quiet { Message.note(message) }
    }
}

/// Where the text of `hearsay say` comes from.
struct ReadableText {
    enum Source {
        case given(String)
        case descriptor(Int32, name: String)
    }

    let source: Source
    private let arguments: SpokenTextArguments

    var isMarkup: Bool { arguments.ssml }

    /// Opens a text file, if there is one; markup is read to its end.
    init(_ command: SayCommand) throws {
        arguments = command.source
        guard !arguments.clipboard, !arguments.selection else {
            let text = try Clipboard().text(selection: arguments.selection, limit: SpeechFrontEnd.longestMarkup)
            source = .given(text)
            return
        }
        let file = arguments.file ?? (command.text.isEmpty ? "-" : command.text == ["-"] ? "-" : nil)
        switch file {
        case nil: source = .given(command.text.joined(separator: " "))
        case "-": source = .descriptor(STDIN_FILENO, name: "standard input")
        case let path?:
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
            guard arguments.ssml else {
                source = .descriptor(descriptor, name: path)
                return
            }
            defer { close(descriptor) }
            source = .given(try Self.readAll(descriptor, path))
        }
    }

    /// Throws `speech.nothing_to_say` where a given text has nothing that could be said, and
    /// `speech.text_encoding_invalid` where it is not in UTF-8.
    func check(language: String) throws {
        guard case .given(let text) = source else { return }
        // The library that reads the command line has put U+FFFD in place of such bytes.
        if text.unicodeScalars.contains("\u{FFFD}") {
            for index in 1..<max(1, Int(CommandLine.argc)) {
                guard let argument = CommandLine.unsafeArgv[index] else { continue }
                let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
                _ = try PlainBytes.text(bytes, of: "the text")
            }
        }
        guard isMarkup || !SentenceSplitter(language: language).split(text).isEmpty else { throw Self.silence }
    }

    static var silence: PhonemeError {
        PhonemeError(.nothingToSay, "the text has nothing that could be said: no word, number or symbol")
    }

    /// The text as the job takes it; markup from standard input is read to its end here.
    func jobText() throws -> ReadAloudJob.Text {
        switch source {
        case .given(let text) where arguments.ssml: .ssml(text, isLenient: arguments.lenient)
        case .given(let text): .plain(text)
        case .descriptor(let descriptor, let name) where arguments.ssml:
            .ssml(try Self.readAll(descriptor, name), isLenient: arguments.lenient)
        case .descriptor(let descriptor, let name): .stream(fileDescriptor: descriptor, name: name)
        }
    }

    /// The bytes of a small file.
    static func map(_ path: String, limit: Int) throws -> MappedFile {
        do {
            let file = try MappedFile(path: path)
            guard file.bytes.count <= limit else {
                throw Failure(.text, code: "speech.text_too_long", "\(path) has more than \(limit) bytes")
            }
            return file
        } catch let error as WeightFileError {
            throw unreadable(path, error.errorNumber ?? EINVAL)
        }
    }

    static func readAll(_ descriptor: Int32, _ name: String) throws -> String {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            try Task.checkCancellation()
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) != 0 else { continue }
            let count = read(descriptor, &block, block.count)
            if count == 0 { return try PlainBytes.text(bytes, of: name) }
            guard count > 0 || errno == EINTR || errno == EAGAIN else { throw unreadable(name, errno) }
            bytes += block.prefix(max(0, count))
            guard bytes.count <= SpeechFrontEnd.longestMarkup else {
                throw Failure(
                    .text, code: "speech.text_too_long",
                    "\(name) has more than the \(SpeechFrontEnd.longestMarkup) bytes that markup may have")
            }
        }
    }

    static func unreadable(_ path: String, _ number: Int32) -> Failure {
        Failure(
            .text, code: "speech.text_unreadable", "could not read \(path): \(String(cString: strerror(number)))")
    }
}
