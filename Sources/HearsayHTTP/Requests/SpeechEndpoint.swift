internal import AudioCore
internal import AudioIO
internal import FoundationEssentials
internal import HTTPTypes
internal import HearsayDaemon
internal import Hummingbird
internal import NIOCore
internal import Pipelines
internal import StrictJSON

/// `POST /v1/audio/speech`: a text in JSON, its sound in the answer, sent while it is made.
struct SpeechEndpoint {
    let daemon: DaemonContext

    /// Bytes of JSON for each byte of text, which may all be escaped, and for the other fields.
    private static let jsonBytesPerTextByte = 6
    private static let otherBytes = 64 << 10

    func respond(_ request: Request, _ connection: ConnectionContext) async throws -> Response {
        let configuration = daemon.configuration
        let mostText = configuration.limits.textBytes
        let limit = min(configuration.http.bodyBytes, mostText * Self.jsonBytesPerTextByte + Self.otherBytes)
        let type = HeaderParameters(request.headers[.contentType] ?? "")
        guard type.value == "application/json" else {
            throw RequestError(
                .contentTypeUnsupported, "the body must be application/json, not '\(type.value.prefix(80))'")
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw RequestError.bodyTooLong(limit)
        }
        let wish = try SpeechWish(body, installed: daemon.host.catalogue.voices.map(\.name), mostText: mostText)
        let speech = SpeechRequest(
            host: daemon.host, scheduler: daemon.scheduler, user: connection.peer.account, voice: wish.voice,
            prosody: wish.prosody)
        let response = StreamedResponse(configuration, on: connection.channel) { queue in
            try await speech.run(.plain(wish.text)) { turn, sampleRate in
                try EncodingSink(wish, queue, turn: turn, sampleRate: sampleRate)
            }
        }
        return try await response.begun(Self.headers(wish))
    }

    private static func headers(_ wish: SpeechWish) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: wish.isInEvents ? "text/event-stream" : wish.format.mediaType, .cacheControl: "no-store",
        ]
        if let name = HTTPField.Name("X-Synthetic-Audio") { headers[name] = "1" }
        return headers
    }
}

extension AudioStreamFormat {
    fileprivate var mediaType: String {
        switch self {
        case .wav: "audio/wav"
        case .pcm: "audio/pcm"
        case .flac: "audio/flac"
        case .opus: "audio/ogg"
        case .mp3: "audio/mpeg"
        }
    }
}

/// Encodes speech as it is made, and hands it to the response.
private final class EncodingSink: SpeechSink {
    private let writer: AudioFileWriter
    private let queue: BodyQueue
    private let turn: Turn
    private let isInEvents: Bool

    init(_ wish: SpeechWish, _ queue: BodyQueue, turn: Turn, sampleRate: Int) throws(AudioError) {
        self.queue = queue
        self.turn = turn
        isInEvents = wish.isInEvents
        let isInEvents = isInEvents
        writer = try AudioFileWriter(encoding: wish.format, sampleRate: sampleRate) { bytes throws(AudioError) in
            let piece =
                isInEvents
                ? ServerSentEvent([
                    "type": .string("speech.audio.delta"), "audio": .string(Data(bytes).base64EncodedString()),
                ]).bytes : bytes
            try AudioError.sending { try queue.send(piece, during: turn) }
        }
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        try writer.write(samples)
        try AudioError.sending { try turn.yield(atBoundary: true) }
    }

    func finish() throws(AudioError) {
        try writer.finish()
        guard isInEvents else { return }
        try AudioError.sending {
            try queue.send(ServerSentEvent(["type": .string("speech.audio.done")]).bytes, during: turn)
        }
    }
}
