internal import Tensors
internal import WireProtocol

/// Wyoming's loudspeaker: `audio-start`, `audio-chunk` …, `audio-stop`, and `played` when all has been heard.
struct LoudspeakerSession: EventSession {
    /// Others are played, too; this is what to send if it is all the same.
    static let format = WireAudioFormat(rate: 22_050, width: 2, channels: 1)

    /// Sound that is on its way.
    private struct Playing {
        let item: ReadingItem
        let format: WireAudioFormat
        let converter: PCMConverter
        /// Ends when the item does.
        let end: Task<Void, any Error>
    }

    private let context: DaemonContext
    private let user: UInt32
    private let outbox: Outbox
    private var playing: Playing?

    /// - Throws: ``DaemonError/Code/forbidden``.
    init(context: DaemonContext, peer: Peer, outbox: Outbox) throws {
        user = try peer.checkDevice("loudspeaker", context.configuration.speech.access, section: "speech")
        self.context = context
        self.outbox = outbox
    }

    mutating func handle(_ event: WireEvent) async throws {
        switch event.type {
        case Ping.type: try await outbox.send(Pong(text: try Ping(event).text).event)
        case Describe.type: try await outbox.send(Info(program: context.program, loudspeaker: Self.format).event)
        case AudioStart.type: try await begin(AudioStart(event).format)
        case AudioChunk.type: try await play(AudioChunk(event))
        case AudioStop.type: try await finish()
        default: break
        }
    }

    mutating func end() async {
        if let playing { context.readings.end(playing.item, .failure(CancellationError())) }
        playing = nil
    }

    private mutating func begin(_ format: WireAudioFormat) async throws {
        await end()
        let settings = context.configuration.speech
        let converter = try PCMConverter(format, to: format.rate)
        let (item, reports) = try context.readings.add(
            user: user, priority: .normal, device: settings.device ?? "default", most: settings.waiting, make: nil)
        item.track.begin(rate: format.rate)
        let end = Task { for try await _ in reports {} }
        playing = Playing(item: item, format: format, converter: converter, end: end)
    }

    private mutating func play(_ chunk: AudioChunk) async throws {
        // Some clients leave the beginning out.
        if playing == nil { try await begin(chunk.format) }
        guard let playing else { return }
        guard chunk.format == playing.format else {
            await end()
            throw DaemonError(
                .audioFormatChanged, "an audio-chunk of another format than its audio-start; send a new audio-start")
        }
        let samples = try playing.converter.convert(chunk.audio)
        samples.withUnsafeBufferPointer { playing.item.track.append($0) }
        while !playing.item.track.hasRoom { try await Task.sleep(for: .milliseconds(50)) }
    }

    /// The client hears `played` in any case: it waits for it.
    private mutating func finish() async throws {
        guard let playing else { return try await outbox.send(Played().event) }
        defer { self.playing = nil }
        playing.item.track.finish()
        let (readings, item) = (context.readings, playing.item)
        let result = await withTaskCancellationHandler {
            await playing.end.result
        } onCancel: {
            readings.end(item, .failure(CancellationError()))
        }
        if case .failure(let error) = result { outbox.post(WireErrorEvent(WireFailure(error)).event) }
        try await outbox.send(Played().event)
    }
}
