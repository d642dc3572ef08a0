internal import WireProtocol

/// What one connection is in the middle of, and what its next event therefore means.
///
/// Events of one connection are answered in their order. What a request needs that takes long is awaited; only text for
/// ``SynthesizeStart`` arrives while its speech is on the way.
struct Session: EventSession {
    private enum Conversation {
        case none
        /// `transcribe` came; its sound has not begun.
        case awaitingSound(Transcribe)
        case sound(SoundConversation)
        case file(FileConversation)
        case speech(SpeechConversation)
        /// Something failed and was reported; the rest of it is passed over up to the event of this type.
        case failed(until: String)

        /// The type of the event that ends what has begun; nil where nothing has.
        var last: String? {
            switch self {
            case .sound: AudioStop.type
            case .file: FileEnd.type
            case .speech: SynthesizeStop.type
            case .none, .awaitingSound, .failed: nil
            }
        }
    }

    private let context: DaemonContext
    private let peer: Peer
    private let outbox: Outbox
    private var conversation = Conversation.none

    init(context: DaemonContext, peer: Peer, outbox: Outbox) {
        self.context = context
        self.peer = peer
        self.outbox = outbox
    }

    /// Whether the client owes us the rest of something.
    var isInConversation: Bool {
        if case .none = conversation { false } else { true }
    }

    /// Answers an event.
    ///
    /// - Throws: what is to be reported as one `error`; the session stays usable.
    mutating func handle(_ event: WireEvent) async throws {
        switch event.type {
        case Ping.type: try await outbox.send(Pong(text: try Ping(event).text).event)
        case Describe.type: try await outbox.send(context.info.event)
        case GetStatus.type: try await outbox.send(context.statusReport().event)
        case GetSettings.type: try await outbox.send(context.settingsReport().event)
        case ListVoices.type: try await outbox.send(context.voiceList().event)
        case Transcribe.type: try await awaitSound(event)
        case AudioStart.type: try await beginSound(event)
        case AudioChunk.type: try await takeSound(event)
        case AudioStop.type: try await endSound()
        case TranscribeFile.type: try await beginFile(event)
        case FileChunk.type: try await takeFile(event)
        case FileEnd.type: try await endFile()
        case Synthesize.type: try await synthesize(event)
        case SynthesizeStart.type: try await beginSpeech(event)
        case SynthesizeChunk.type: try await takeText(event)
        case SynthesizeStop.type: try await endSpeech()
        default:
            let handler = context.handlers.first { $0.types.contains(event.type) }
            // What nobody knows is passed over: a newer client may say more than we understand.
            try await handler?.handle(event, from: peer, reply: Reply(outbox: outbox))
        }
    }

    /// Ends whatever is in progress: the client is gone, or has failed.
    mutating func end() async {
        let ended = conversation
        conversation = .none
        switch ended {
        case .speech(let speech): await speech.cancel()
        case .sound(let sound): sound.cancel()
        case .none, .awaitingSound, .file, .failed: break
        }
    }

    // MARK: Sound

    private mutating func awaitSound(_ event: WireEvent) async throws {
        try await finishFirst(event, until: AudioStop.type)
        conversation = .awaitingSound(try Transcribe(event))
    }

    private mutating func beginSound(_ event: WireEvent) async throws {
        try await finishFirst(event, until: AudioStop.type)
        let request: Transcribe? = if case .awaitingSound(let request) = conversation { request } else { nil }
        try await failing(until: AudioStop.type) { session in
            session.conversation = .sound(
                try SoundConversation(
                    try AudioStart(event), request: request, context: session.context, peer: session.peer,
                    outbox: session.outbox))
        }
    }

    private mutating func takeSound(_ event: WireEvent) async throws {
        switch conversation {
        case .sound(var sound):
            try await failing(until: AudioStop.type) { session in
                try await sound.append(try AudioChunk(event))
                session.conversation = .sound(sound)
            }
        case .failed(until: AudioStop.type): break
        default: throw unexpected(event.type, before: AudioStart.type)
        }
    }

    private mutating func endSound() async throws {
        defer { conversation = .none }
        switch conversation {
        case .sound(var sound): try await sound.finish()
        case .failed(until: AudioStop.type): break
        // Clients that heard nothing may leave everything between out.
        case .awaitingSound(let request):
            try await outbox.send(WireTranscript(text: "", language: request.language).event)
        default: throw unexpected(AudioStop.type, before: AudioStart.type)
        }
    }

    // MARK: Files

    private mutating func beginFile(_ event: WireEvent) async throws {
        try await finishFirst(event, until: FileEnd.type)
        try await failing(until: FileEnd.type) { session in
            session.conversation = .file(
                try FileConversation(
                    try TranscribeFile(event), context: session.context, peer: session.peer, outbox: session.outbox))
        }
    }

    private mutating func takeFile(_ event: WireEvent) async throws {
        switch conversation {
        case .file(let file):
            try await failing(until: FileEnd.type) { _ in try file.append(try FileChunk(event)) }
        case .failed(until: FileEnd.type): break
        default: throw unexpected(event.type, before: TranscribeFile.type)
        }
    }

    private mutating func endFile() async throws {
        defer { conversation = .none }
        switch conversation {
        case .file(let file): try await file.finish()
        case .failed(until: FileEnd.type): break
        default: throw unexpected(FileEnd.type, before: TranscribeFile.type)
        }
    }

    // MARK: Speech

    private mutating func synthesize(_ event: WireEvent) async throws {
        // Clients that stream their text repeat it whole, for servers that cannot take it in pieces.
        if case .speech = conversation { return }
        if case .failed(until: SynthesizeStop.type) = conversation { return }
        let request = try Synthesize(event)
        let limit = context.configuration.limits.textBytes
        guard request.text.utf8.count <= limit else { throw DaemonError.textTooLong(limit) }
        let outbox = outbox
        try await speech(request.voice, request.prosody).run(
            request.textFormat == "ssml" ? .ssml(request.text) : .plain(request.text)
        ) { WireSpeechSink(outbox, turn: $0, sampleRate: $1) }
    }

    private mutating func beginSpeech(_ event: WireEvent) async throws {
        try await finishFirst(event, until: SynthesizeStop.type)
        try await failing(until: SynthesizeStop.type) { session in
            let start = try SynthesizeStart(event)
            session.conversation = .speech(
                SpeechConversation(
                    session.speech(start.voice, start.prosody), isMarkup: start.textFormat == "ssml",
                    limit: session.context.configuration.limits.textBytes,
                    outbox: session.outbox))
        }
    }

    private func speech(_ voice: WireVoice?, _ prosody: WireProsody) -> SpeechRequest {
        SpeechRequest(
            host: context.host, scheduler: context.scheduler, user: peer.account, voice: voice, prosody: prosody,
            copies: context.copies)
    }

    private mutating func takeText(_ event: WireEvent) async throws {
        switch conversation {
        case .speech(let speech):
            try await failing(until: SynthesizeStop.type) { _ in try speech.append(try SynthesizeChunk(event).text) }
        case .failed(until: SynthesizeStop.type): break
        default: throw unexpected(event.type, before: SynthesizeStart.type)
        }
    }

    private mutating func endSpeech() async throws {
        defer { conversation = .none }
        switch conversation {
        case .speech(let speech): try await speech.finish()
        // Whoever streams text waits for this event, whatever became of the speech.
        case .failed(until: SynthesizeStop.type): try await outbox.send(SynthesizeStopped().event)
        default: throw unexpected(SynthesizeStop.type, before: SynthesizeStart.type)
        }
    }

    // MARK: Failures

    /// Refuses to begin something else before the end of what has begun, and ends that: what follows may belong to
    /// either.
    ///
    /// - Parameter last: type of the event up to which the rest is passed over.
    private mutating func finishFirst(_ event: WireEvent, until last: String) async throws {
        guard let expected = conversation.last else { return }
        try await failing(until: last) { throw $0.unexpected(event.type, before: expected) }
    }

    /// Runs `body`; if it fails, whatever is in progress ends and the rest of it is passed over.
    private mutating func failing(until last: String, _ body: (inout Session) async throws -> Void) async throws {
        do {
            try await body(&self)
        } catch {
            await end()
            conversation = .failed(until: last)
            throw error
        }
    }

    private func unexpected(_ type: String, before expected: String) -> WireError {
        WireError(.unexpected, "'\(type)' came without '\(expected)' before it")
    }
}
