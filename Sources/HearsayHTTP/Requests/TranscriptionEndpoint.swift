internal import HTTPTypes
internal import HearsayDaemon
internal import Hummingbird
internal import NIOCore
internal import Pipelines
internal import Recognition
internal import StrictJSON
internal import Tensors

/// `POST /v1/audio/transcriptions` and `/v1/audio/translations`: a recording in a form, its text in the answer.
struct TranscriptionEndpoint {
    let daemon: DaemonContext
    let task: TranscriptionTask

    func respond(_ request: Request, _ connection: ConnectionContext) async throws -> Response {
        let configuration = daemon.configuration
        let form = try await TranscriptionForm(
            request, into: daemon.makeSpool(for: connection.peer), limit: configuration.http.bodyBytes)
        let wish = try TranscriptionWish(form, task: task)
        let work = Work(daemon: daemon, spool: form.spool, wish: wish, user: connection.peer.account)
        guard wish.isStreamed else { return Self.response(try await work.run { _, _ in }, wish) }
        let response = StreamedResponse(configuration, on: connection.channel) { queue in
            try await work.stream(into: queue)
        }
        return try await response.begun([.contentType: "text/event-stream", .cacheControl: "no-store"])
    }

    /// One recording on its way through the recogniser.
    private struct Work: Sendable {
        let daemon: DaemonContext
        let spool: Spool
        let wish: TranscriptionWish
        let user: UInt32

        /// - Parameter onSegment: hears of each segment, in their order.
        func run(onSegment: @escaping @Sendable (Segment, Turn) throws -> Void) async throws -> Transcript {
            let flow = TranscriptionRequest(
                context: daemon, source: spool.source(), model: wish.model, options: wish.options)
            return try await daemon.scheduler.run(.request, user: user) { turn in
                try withExtendedLifetime(spool) {
                    try flow.run(turn) { event in
                        if case .recognition(.segment(let segment)) = event { try onSegment(segment, turn) }
                    }
                }
            }
        }

        func stream(into queue: BodyQueue) async throws {
            let deltas = Locked(TranscriptDeltas())
            let transcript = try await run { segment, turn in
                guard let delta = deltas.withLock({ $0.delta(of: segment) }) else { return }
                try queue.send(delta, during: turn)
            }
            queue.add(deltas.withLock { $0.done(duration: transcript.duration) })
        }
    }

    private static func response(_ transcript: Transcript, _ wish: TranscriptionWish) -> Response {
        switch wish.form {
        case .json:
            .json([
                "text": .string(transcript.text.strippingWhitespace), "usage": .usage(seconds: transcript.duration),
            ])
        case .text: .text(transcript.text.strippingWhitespace + "\n", type: "text/plain; charset=utf-8")
        case .srt: .text(TranscriptWriter(.srt)(transcript), type: "text/plain; charset=utf-8")
        case .vtt: .text(TranscriptWriter(.vtt)(transcript), type: "text/vtt; charset=utf-8")
        case .verboseJSON:
            .bytes(
                OpenAIVerboseJSON(transcript, granularities: wish.granularities).bytes, type: "application/json")
        }
    }
}

/// The events of a transcription that is streamed. The deltas joined are the text of the last event.
private struct TranscriptDeltas {
    private var text = ""

    /// Nil where a segment adds nothing.
    mutating func delta(of segment: Segment) -> [UInt8]? {
        // A transcript begins with the space before its first word.
        let piece = text.isEmpty ? String(segment.text.drop { $0.isWhitespace }) : segment.text
        guard !piece.isEmpty else { return nil }
        text += piece
        return ServerSentEvent(["type": .string("transcript.text.delta"), "delta": .string(piece)]).bytes
    }

    func done(duration: Double) -> [UInt8] {
        ServerSentEvent([
            "type": .string("transcript.text.done"), "text": .string(text), "usage": .usage(seconds: duration),
        ]).bytes
    }
}

extension JSONValue {
    /// What OpenAI counts for models that are paid by the second.
    fileprivate static func usage(seconds: Double) -> JSONValue {
        .object(["type": .string("duration"), "seconds": .number(seconds)])
    }
}
