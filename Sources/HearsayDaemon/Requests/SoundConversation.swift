internal import AudioCore
internal import Pipelines
internal import Recognition
internal import VoiceActivity
internal import WireProtocol

/// `audio-start`, `audio-chunk` …, `audio-stop`: to be transcribed if `transcribe` came before, else to be told where
/// somebody speaks.
struct SoundConversation {
    private enum Purpose {
        /// - live: is told the sound as it comes; nil where that is not wanted.
        case transcription(Transcribe, AudioSpool, live: Live?)
        case activity(PCMConverter, VoiceActivityDetector)
    }

    private struct Live {
        let converter: PCMConverter
        let transcription: LiveTranscription
    }

    private let context: DaemonContext
    private let peer: Peer
    private let outbox: Outbox
    private let format: WireAudioFormat
    private var purpose: Purpose

    init(
        _ start: AudioStart, request: Transcribe?, context: DaemonContext, peer: Peer, outbox: Outbox
    ) throws {
        self.context = context
        self.peer = peer
        self.outbox = outbox
        format = start.format
        if let request {
            purpose = .transcription(
                request, try AudioSpool(format: format, spool: context.makeSpool(for: peer)),
                live: context.configuration.wyoming.isStreaming
                    ? try Self.live(request, format, context, peer, outbox) : nil)
        } else {
            let detector = VoiceActivityDetector(model: context.voiceActivityModel)
            purpose = .activity(try PCMConverter(format), detector)
        }
    }

    mutating func append(_ chunk: AudioChunk) async throws {
        guard chunk.format == format else {
            throw DaemonError(
                .audioFormatChanged, "an audio-chunk of another format than its audio-start; send a new audio-start")
        }
        switch purpose {
        case .transcription(_, let spool, let live):
            try spool.append(chunk.audio)
            if let live { live.transcription.append(try live.converter.convert(chunk.audio)) }
            let limit = context.configuration.limits.audioSeconds
            guard spool.seconds <= Double(limit) else {
                throw DaemonError(.audioTooLong, "more than the \(limit) s of limits.audio_seconds")
            }
        case .activity(let converter, let detector):
            let samples = try converter.convert(chunk.audio)
            let (next, events) = try await context.scheduler.run(.dictation, user: peer.account) { _ in
                var detector = detector
                var events: [VoiceActivityEvent] = []
                samples.withUnsafeBufferPointer { detector.append($0, into: &events) }
                return (detector, events)
            }
            purpose = .activity(converter, next)
            try await report(events)
        }
    }

    mutating func finish() async throws {
        switch purpose {
        case .transcription(let request, let spool, let live):
            try spool.finish()
            if let live, try await live.transcription.finish() { return }
            try await transcribe(spool, request)
        case .activity(_, var detector):
            var events: [VoiceActivityEvent] = []
            detector.finish(into: &events)
            try await report(events)
        }
    }

    /// The client is gone, or something failed.
    func cancel() {
        if case .transcription(_, _, let live) = purpose { live?.transcription.cancel() }
    }

    private static func live(
        _ request: Transcribe, _ format: WireAudioFormat, _ context: DaemonContext, _ peer: Peer, _ outbox: Outbox
    ) throws -> Live {
        var dictate = Dictate(action: .start, language: try TranscriptionRequest.language(request.language))
        dictate.model = request.name
        dictate.terms = words(request)
        dictate.obeysCommands = false
        let make = try DictationRequest(dictate).maker(
            context.host, context.scheduler, context.voiceActivityModel, peer.account)
        return Live(
            converter: try PCMConverter(format),
            transcription: LiveTranscription(context: request.context, make: make) { outbox.post($0) })
    }

    /// Words to expect.
    private static func words(_ request: Transcribe) -> [String] { (request.names ?? []) + (request.terms ?? []) }

    private func report(_ events: [VoiceActivityEvent]) async throws {
        func milliseconds(_ sample: Int) -> Int { sample * 1_000 / VoiceActivityModel.sampleRate }
        for event in events {
            switch event {
            case .started(let sample): try await outbox.send(VoiceStarted(timestamp: milliseconds(sample)).event)
            case .stopped(let sample): try await outbox.send(VoiceStopped(timestamp: milliseconds(sample)).event)
            }
        }
    }

    /// Longest sound in seconds that is taken for somebody speaking, who waits for the answer.
    private static let longestUtterance = 60.0

    private func transcribe(_ spool: AudioSpool, _ request: Transcribe) async throws {
        guard spool.seconds > 0 else {
            return try await outbox.send(WireTranscript(text: "", language: request.language).event)
        }
        var options = TranscriptionOptions()
        options.language = try TranscriptionRequest.language(request.language)
        let words = Self.words(request)
        if !words.isEmpty { options.hotwords = words.joined(separator: ", ") }
        let flow = TranscriptionRequest(
            context: context, source: spool.spool.source(), model: request.name, options: options)
        let isLive = spool.seconds <= Self.longestUtterance
        let outbox = outbox
        try await context.scheduler.run(isLive ? .dictation : .request, user: peer.account) { turn in
            var stream = TranscriptStreamWriter { try outbox.send($0, during: turn) }
            let transcript = try flow.run(turn) { event in
                if case .recognition(.segment(let segment)) = event { try stream.append(segment.text) }
            }
            try stream.finish(language: transcript.language, context: request.context)
        }
    }
}

/// A transcript as Wyoming streams it: `transcript-start`, chunks that are never taken back, the whole, the end. The
/// chunks joined are the whole.
struct TranscriptStreamWriter {
    private let send: (WireEvent) throws -> Void
    private var text = ""
    private var hasBegun = false

    init(send: @escaping (WireEvent) throws -> Void) {
        self.send = send
    }

    mutating func append(_ piece: String) throws {
        // A transcript begins with the space before its first word.
        let piece = text.isEmpty ? String(piece.drop { $0.isWhitespace }) : piece
        guard !piece.isEmpty else { return }
        if !hasBegun { try send(TranscriptStart().event) }
        hasBegun = true
        text += piece
        try send(TranscriptChunk(text: piece).event)
    }

    func finish(language: String?, context: JSONContext?) throws {
        if !hasBegun { try send(TranscriptStart(language: language).event) }
        try send(WireTranscript(text: text, language: language, context: context).event)
        try send(TranscriptStop().event)
    }
}
