internal import AudioCore
internal import Consent
internal import Glibc
internal import Pipelines
public import ServiceLifecycle
public import StrictJSON
public import WireProtocol

/// Reads texts aloud on the daemon's loudspeaker, which the configuration names and never a client: the name of an ALSA
/// device can say that files are written.
public final class ReadingService: RequestHandling, Service {
    public let types: Set<String> = [ReadText.type, ControlReading.type]

    private let foundations: Daemon.Foundations
    private var queue: ReadingQueue { foundations.readings }

    init(_ foundations: Daemon.Foundations) {
        self.foundations = foundations
    }

    /// The service and the requests about reading aloud, as a part of the daemon.
    public static func part(_ foundations: Daemon.Foundations) -> Daemon.Part {
        let service = ReadingService(foundations)
        return Daemon.Part(services: [service], handlers: [service])
    }

    public var status: [(String, JSONValue)] { [("reading", .object(queue.report()))] }

    /// Falls silent when the daemon stops.
    public func run() async throws {
        try? await gracefulShutdown()
        queue.stop(nil, reason: "shutdown")
    }

    public func handle(_ event: WireEvent, from peer: Peer, reply: Reply) async throws {
        let settings = foundations.configuration.speech
        let user = try peer.checkDevice("loudspeaker", settings.access, section: "speech")
        if event.type == ControlReading.type { return try await control(ControlReading(event), user, reply) }
        let request = try ReadText(event)
        let limit = foundations.configuration.limits.textBytes
        guard request.text.utf8.count <= limit else { throw DaemonError.textTooLong(limit) }
        let speech = SpeechRequest(
            host: foundations.host, scheduler: foundations.scheduler, user: user, voice: request.voice,
            prosody: request.prosody, copies: foundations.copies, output: .playback)
        let text: SpeechRequest.Text = request.textFormat == "ssml" ? .ssml(request.text) : .plain(request.text)
        let (item, reports) = try queue.add(
            user: user, priority: request.priority, device: settings.device ?? "default", most: settings.waiting
        ) { track in
            try await speech.run(text, into: { TrackSink(track, turn: $0, sampleRate: $1) }) { event in
                if case .sentence(let text, _) = event { track.beginSentence(text) }
            }
        }
        defer { queue.end(item, .failure(CancellationError())) }
        for try await report in reports { try await reply.send(report) }
        try Task.checkCancellation()
    }

    private func control(_ request: ControlReading, _ user: UInt32, _ reply: Reply) async throws {
        let whose = user == getuid() || user == 0 ? nil : user
        switch request.action {
        case .pause: queue.pause(whose)
        case .resume: queue.resume(whose)
        case .skip: queue.skip(whose)
        case .stop: queue.stop(whose, id: request.id, reason: "request")
        case .status: break
        }
        try await reply.send(ReadingQueueReport(data: queue.report(whose)))
    }
}
