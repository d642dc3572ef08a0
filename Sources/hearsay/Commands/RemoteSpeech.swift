import Glibc
import HearsayClient
import ModelStore
import Phonemes
import Pipelines
import StrictJSON
import WireProtocol

/// `hearsay say` by the daemon: it makes the sound, this program plays or stores it.
struct RemoteSpeech: Sendable {
    private let command: SayCommand

    /// Nil where the work must be done, or is wanted, in this process, and where no daemon runs.
    init?(_ command: SayCommand) {
        let namesPath = command.voice.map { $0.contains("/") || access($0, F_OK) == 0 } ?? false
        guard !command.local, command.threads == nil, command.source.lexicon == nil, !namesPath,
            (try? HearsayClient.connect(environment: Environment.current)) != nil
        else { return nil }
        self.command = command
    }

    /// Speaks on a thread of its own, and returns when all has been heard or stored.
    ///
    /// - Parameter makeSink: is told the rate in Hz.
    func speak(_ text: ReadableText, into makeSink: @escaping @Sendable (Int) throws -> any SpeechSink) async throws {
        let task = Task(executorPreference: ThreadPerJobExecutor()) {
            let client = try HearsayClient.connect(environment: Environment.current)
            var playback = Playback(client: client, makeSink: makeSink)
            switch text.source {
            case .descriptor(let descriptor, let name) where !command.source.ssml:
                try stream(descriptor, name, &playback)
            case .descriptor(let descriptor, let name):
                try send(try ReadableText.readAll(descriptor, name), &playback)
            case .given(let text): try send(text, &playback)
            }
            try playback.finish()
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func send(_ text: String, _ playback: inout Playback) throws {
        var request = Synthesize(
            text: text, voice: Self.voice(command), textFormat: command.source.ssml ? "ssml" : "text")
        request.prosody = Self.prosody(command)
        try playback.client.send(request)
        while try !playback.takeNext(last: AudioStop.type) {}
    }

    /// Sends text as it comes, and plays what comes back meanwhile.
    private func stream(_ descriptor: Int32, _ name: String, _ playback: inout Playback) throws {
        var parts = TextParts()
        try begin(playback.client)
        var pending: [UInt8] = []
        var position = 0
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            try Task.checkCancellation()
            while playback.client.hasAnswer { _ = try playback.takeNext(last: SynthesizeStopped.type) }
            var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&state, 1, 20) > 0 else { continue }
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 || errno == EINTR || errno == EAGAIN else {
                throw Failure(
                    .text, code: "speech.text_unreadable", "could not read \(name): \(String(cString: strerror(errno)))"
                )
            }
            pending += buffer[..<max(0, count)]
            if count == 0 { break }
            // A character that is cut in two goes with its other half.
            let whole = pending.endOfWholeCharacters
            var sent = 0
            if let cut = parts.cut(pending[..<whole]) {
                try send(pending[..<cut], name, position, playback.client)
                try end(&playback)
                try begin(playback.client)
                sent = cut
            }
            try send(pending[sent..<whole], name, position + sent, playback.client)
            pending.removeFirst(whole)
            position += whole
        }
        try send(pending[...], name, position, playback.client)
        try end(&playback)
    }

    private func begin(_ client: HearsayClient) throws {
        var start = SynthesizeStart(voice: Self.voice(command), textFormat: "text")
        start.prosody = Self.prosody(command)
        try client.send(start)
    }

    private func send(_ bytes: ArraySlice<UInt8>, _ name: String, _ position: Int, _ client: HearsayClient) throws {
        guard !bytes.isEmpty else { return }
        try client.send(SynthesizeChunk(text: try PlainBytes.text(bytes, of: name, position: position)))
    }

    private func end(_ playback: inout Playback) throws {
        try playback.client.send(SynthesizeStop())
        while try !playback.takeNext(last: SynthesizeStopped.type) {}
    }

    /// The voice that the options name; nil for the default one.
    static func voice(_ command: SayCommand) -> WireVoice? {
        guard command.voice != nil || command.speech.speaker != nil else { return nil }
        return WireVoice(name: command.voice, speaker: command.speech.speaker)
    }

    /// What is to be remarked: the daemon has no voice but espeak-ng's for the language and none was named; the voice
    /// that was named is one for another language; a text that is known is in the letters of another one, or its markup
    /// asks for what is not spoken.
    func remarks(on text: ReadableText) throws -> [String] {
        var given: String?
        if case .given(let text) = text.source { given = text }
        let language = command.source.language ?? "en-us"
        if let markup = given, text.isMarkup {
            // What is wrong with it altogether, the daemon says.
            let sentences = try? SpeechFrontEnd(language: language, phonemizer: PhonemizerProcess())
                .sentences(ofSSML: markup, isLenient: command.source.lenient)
            let warnings = sentences?.warnings.map(\.description) ?? []
            guard let asked = command.source.language else { return warnings }
            return remarks(onLanguage: asked, try Self.voices()) + warnings
        }
        let isForeign = given.flatMap { SpeechRemarks.foreignLetters(in: $0, spokenAs: language) } != nil
        guard command.source.language != nil || isForeign else { return [] }
        let voices = try Self.voices()
        // A text is read in its voice's language where none is named.
        let own = command.source.language ?? voices.first { $0.name == command.voice }?.languages.first ?? language
        let letters = given.flatMap { SpeechRemarks.foreignLetters(in: $0, spokenAs: own) }
        return remarks(onLanguage: command.source.language, voices) + (letters.map { [$0] } ?? [])
    }

    private static func voices() throws -> [(name: String?, languages: [String])] {
        let client = try HearsayClient.connect(environment: Environment.current)
        return try client.ask(ListVoices(), for: VoiceList.self).voices.map { voice in
            (voice["name"]?.string, voice["languages"]?.array?.compactMap(\.string) ?? [])
        }
    }

    private func remarks(onLanguage language: String?, _ voices: [(name: String?, languages: [String])]) -> [String] {
        guard let language else { return [] }
        let speaking = voices.filter { $0.languages.contains { LanguageTag.areOneLanguage($0, language) } }
        if let name = command.voice {
            guard let voice = voices.first(where: { $0.name == name }), !voice.languages.isEmpty,
                !speaking.contains(where: { $0.name == name })
            else { return [] }
            return [SpeechRemarks.foreignVoice(name, of: voice.languages, speaking: language)]
        }
        guard !speaking.isEmpty, speaking.allSatisfy({ $0.name == InstalledVoice.espeak.name }) else { return [] }
        return [VoicesCommand.fallbackRemark(language)]
    }

    /// How the options say that it is to sound.
    static func prosody(_ command: SayCommand) -> WireProsody {
        var prosody = WireProsody()
        prosody.rate = command.speech.rate
        prosody.pitch = command.speech.pitch
        prosody.pitchRange = command.speech.pitchRange
        prosody.volume = command.speech.volume
        prosody.seed = Int(truncatingIfNeeded: command.speech.seed)
        prosody.language = command.source.language
        prosody.isLenient = command.source.lenient
        prosody.allowsInlinePhonemes = true
        prosody.purpose = command.purpose
        return prosody
    }
}

/// Where a long text is cut into several requests, each of which the daemon limits: after a paragraph, or where none ends
/// for long, after a sentence, a line or a word.
struct TextParts {
    /// Bytes after which a request ends with its paragraph; after two, three and four times as many it ends with less.
    private let length: Int
    private var count = 0
    private var last: UInt8?

    init(length: Int = 1 << 16) {
        self.length = length
    }

    /// Takes the next bytes; the index before which they are to be cut, if they are.
    mutating func cut(_ bytes: ArraySlice<UInt8>) -> Int? {
        let before = count
        count += bytes.count
        defer { last = bytes.last ?? last }
        guard count > length else { return nil }
        let found = bytes.indices.first { isEnd($0, bytes, before + $0 - bytes.startIndex + 1) }
        if let found { count = bytes.endIndex - found - 1 }
        return found.map { $0 + 1 }
    }

    /// - Parameter count: bytes of the request up to this one.
    private func isEnd(_ index: Int, _ bytes: ArraySlice<UInt8>, _ count: Int) -> Bool {
        let (newline, space) = (UInt8(ascii: "\n"), UInt8(ascii: " "))
        let byte = bytes[index]
        guard count > length, byte == newline || byte == space else { return false }
        let before = index > bytes.startIndex ? bytes[index - 1] : last
        if byte == newline, before == newline { return true }
        if count > 2 * length, let before, [UInt8](".!?".utf8).contains(before) { return true }
        return count > 3 * length && byte == newline || count > 4 * length
    }
}

/// Sound that arrives in events, on its way to a sink.
private struct Playback {
    let client: HearsayClient
    let makeSink: (Int) throws -> any SpeechSink
    private var sink: (any SpeechSink)?
    private var hasSound = false

    init(client: HearsayClient, makeSink: @escaping (Int) throws -> any SpeechSink) {
        self.client = client
        self.makeSink = makeSink
    }

    /// Takes the next event; true if it was of the type that is the last.
    mutating func takeNext(last: String) throws -> Bool {
        let event = try client.next()
        switch event.type {
        case AudioStart.type where sink == nil: sink = try makeSink(try AudioStart(event).format.rate)
        case AudioChunk.type:
            let bytes = try AudioChunk(event).audio
            hasSound = hasSound || !bytes.isEmpty
            let samples = stride(from: 0, to: bytes.count - 1, by: 2).map {
                Float(Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)) / 32_767
            }
            try samples.withUnsafeBufferPointer { try sink?.write($0) }
        default: break
        }
        return event.type == last
    }

    /// Waits until all has been heard or stored.
    ///
    /// - Throws: `speech.nothing_to_say` where the daemon had none of the text to say.
    func finish() throws {
        guard hasSound else { throw ReadableText.silence }
        try sink?.finish()
    }
}

extension [UInt8] {
    /// How many of the bytes make whole characters of UTF-8; what is none counts as whole.
    fileprivate var endOfWholeCharacters: Int {
        guard let lead = suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return count }
        let length = self[lead] >= 0xF0 ? 4 : self[lead] >= 0xE0 ? 3 : self[lead] >= 0xC0 ? 2 : 1
        return count - lead >= length ? count : lead
    }
}
