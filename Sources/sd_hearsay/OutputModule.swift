import Glibc
import HearsayClient
import WireProtocol

/// The module's side of Speech Dispatcher's protocol.
///
/// One thread does all: it waits for lines and for sound at once, and so no event can come between a command and its
/// reply.
struct OutputModule {
    /// What comes line by line up to a dot.
    private enum Block {
        case audio, logLevel, settings
        case message(Message)
    }

    private enum Message {
        case text, character, key, icon
    }

    private let configuration: ModuleConfiguration
    private let environment: [String: String]
    private let output: ModuleOutput
    private var input: LineReader
    private var settings = MessageSettings()
    private var voices: VoiceTable?
    private var block: (kind: Block, lines: [String])?
    private var blockBytes = 0
    private var utterance: Utterance?

    /// Bytes of one message. hearsayd has a limit of its own; this one is for those who send without end.
    private static let longestMessage = 16 << 20
    /// Half seconds that a daemon may take to find its voices.
    private static let patience = 30

    init(
        configuration: ModuleConfiguration, environment: [String: String], input: LineReader, output: ModuleOutput
    ) {
        self.configuration = configuration
        self.environment = environment
        self.input = input
        self.output = output
    }

    /// Serves until speech-dispatcher says that it is enough.
    ///
    /// - Throws: ``ModuleOutput/Closed``, or why the module cannot be used.
    mutating func run() throws {
        while true {
            while let line = input.next() {
                guard try take(line) else { return }
            }
            guard try waitForMore() else { return }
        }
    }

    /// Waits for lines and sound, and passes sound on; false at the end of the input.
    private mutating func waitForMore() throws -> Bool {
        var states = [pollfd(fd: input.descriptor, events: Int16(POLLIN), revents: 0)]
        if let utterance { states.append(pollfd(fd: utterance.descriptor, events: Int16(POLLIN), revents: 0)) }
        let isReady = utterance?.hasAnswer ?? false
        guard poll(&states, nfds_t(states.count), isReady ? 0 : -1) >= 0 || errno == EINTR else { return false }
        // Lines first: a stop must not wait for sound.
        if states[0].revents != 0 { return input.fill() }
        if utterance?.hasAnswer == true, try utterance?.takeNext() == true { utterance = nil }
        return true
    }

    /// Answers a line; false if it was the last.
    private mutating func take(_ line: String) throws -> Bool {
        if block != nil {
            try takeBlockLine(line)
            return true
        }
        let words = line.split(separator: " ")
        switch words.first.map(String.init) {
        case "INIT": try initialize()
        case "AUDIO": try begin(.audio, "207 OK RECEIVING AUDIO SETTINGS")
        case "LOGLEVEL": try begin(.logLevel, "207 OK RECEIVING LOGLEVEL SETTINGS")
        case "SET": try begin(.settings, "203 OK RECEIVING SETTINGS")
        case "SPEAK": try begin(.message(.text), "202 OK RECEIVING MESSAGE")
        case "CHAR": try begin(.message(.character), "202 OK RECEIVING MESSAGE")
        case "KEY": try begin(.message(.key), "202 OK RECEIVING MESSAGE")
        case "SOUND_ICON": try begin(.message(.icon), "202 OK RECEIVING MESSAGE")
        case "LIST": try listVoices(words.dropFirst().map(String.init))
        case "STOP": try stop()
        case "PAUSE": utterance?.pause()
        case "DEBUG": try output.send(words.last == "OFF" ? "200 OK DEBUGGING OFF" : "200 OK DEBUGGING ON")
        case "QUIT":
            utterance = nil
            try output.send("210 OK QUIT")
            return false
        default: try output.send("300 ERR UNKNOWN COMMAND")
        }
        return true
    }

    // MARK: Blocks

    private mutating func begin(_ kind: Block, _ reply: String) throws {
        block = (kind, [])
        blockBytes = 0
        try output.send(reply)
    }

    private mutating func takeBlockLine(_ line: String) throws {
        guard line == ".", let (kind, lines) = block else {
            blockBytes += line.utf8.count + 1
            if blockBytes <= Self.longestMessage {
                block?.lines.append(line.hasPrefix("..") ? String(line.dropFirst()) : line)
            }
            return
        }
        block = nil
        switch kind {
        case .audio: try setAudio(lines)
        case .logLevel: try output.send("203 OK LOGLEVEL SET")
        case .settings: try set(lines)
        case .message(let message): try speak(message, lines)
        }
    }

    /// The sound goes to speech-dispatcher, whose business it is where it is played.
    private func setAudio(_ lines: [String]) throws {
        let method = lines.first { $0.hasPrefix("audio_output_method=") }?.split(separator: "=").last
        try output.send(method == "server" ? "203 OK AUDIO INITIALIZED" : "300 MODULE ERROR")
    }

    private mutating func set(_ lines: [String]) throws {
        var changed = settings
        for line in lines where !changed.apply(line) {
            return try output.send(line.contains("=") ? "303 ERROR INVALID PARAMETER OR VALUE" : "302 ERROR BAD SYNTAX")
        }
        settings = changed
        try output.send("203 OK SETTINGS RECEIVED")
    }

    // MARK: hearsayd

    private func connect() throws -> HearsayClient {
        if let path = configuration.socket { return try HearsayClient(path: path) }
        return try HearsayClient.connect(environment: environment)
    }

    private mutating func initialize() throws {
        do {
            var table = try lookUpVoices()
            // A daemon that was started by our asking is still looking at what is installed.
            for _ in 0..<Self.patience where table.entries.isEmpty {
                usleep(500_000)
                table = try lookUpVoices()
            }
            guard !table.entries.isEmpty else {
                throw ClientError(ClientError.Code(rawValue: "store.unknown_voice"), "hearsayd has no voice")
            }
            try output.send("299-hearsay: \(table.entries.count) voices", "299 OK LOADED SUCCESSFULLY")
        } catch let error as ClientError {
            try output.send("399-\(error.message.filter { !$0.isNewline })", "399 ERR CANT INIT MODULE")
            throw error
        }
    }

    private mutating func lookUpVoices() throws -> VoiceTable {
        let table = VoiceTable(try connect().ask(ListVoices(), for: VoiceList.self))
        voices = table
        return table
    }

    private mutating func listVoices(_ words: [String]) throws {
        guard words.first == "VOICES" else { return try output.send("300 ERR UNKNOWN COMMAND") }
        // Voices may have come since the last time.
        guard let table = (try? lookUpVoices()) ?? voices else { return try output.send("304 CANT LIST VOICES") }
        let entries = table.entries(speaking: words.dropFirst().first)
        guard !entries.isEmpty else { return try output.send("304 CANT LIST VOICES") }
        for entry in entries { try output.send("200-\(entry.name)\t\(entry.language)\tnone") }
        try output.send("200 OK VOICE LIST SENT")
    }

    private mutating func speak(_ message: Message, _ lines: [String]) throws {
        guard utterance == nil, blockBytes <= Self.longestMessage, lines.contains(where: { !$0.isEmpty }) else {
            return try output.send("301 ERROR CANT SPEAK")
        }
        if case .text = message {} else if lines.count > 1 { return try output.send("305 DATA MORE THAN ONE LINE") }
        let text = MessageText(settings: settings)
        let content = lines.joined(separator: "\n")
        let markup =
            switch message {
            case .text: text.message(content)
            case .character: text.character(content)
            case .key: text.key(content)
            case .icon: text.icon(content)
            }
        var request = Synthesize(
            text: markup, voice: voices?.voice(for: settings, configuration), textFormat: "ssml")
        request.prosody = settings.prosody
        do {
            utterance = try Utterance(request, client: connect(), output: output)
        } catch {
            ModuleLog.write("cannot speak: \(error)")
            return try output.send("301 ERROR CANT SPEAK")
        }
        try output.send("200 OK SPEAKING", "701 BEGIN")
    }

    private mutating func stop() throws {
        guard utterance != nil else { return }
        utterance = nil
        try output.send("703 STOP")
    }
}
