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
    /// The sound was refused, and the client told so: the rest of it is passed over.
    private var isRefused = false

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
        case AudioStart.type:
            isRefused = false
            try await refusing { try await $0.begin(AudioStart(event).format) }
        case AudioChunk.type:
            guard !isRefused else { return }
            try await refusing { try await $0.play(AudioChunk(event)) }
        case AudioStop.type: try await finish()
        default: break
        }
    }

    mutating func end() async {
        if let playing { context.readings.end(playing.item, .failure(CancellationError())) }
        playing = nil
    }

    private mutating func refusing(_ body: (inout Self) async throws -> Void) async throws {
        do {
            try await body(&self)
        } catch {
            await end()
            isRefused = true
            throw error
        }
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
            throw DaemonError(
                .audioFormatChanged, "an audio-chunk of another format than its audio-start; send a new audio-start")
        }
        let samples = try playing.converter.convert(chunk.audio)
        samples.withUnsafeBufferPointer { playing.item.track.append($0) }
        while !playing.item.track.hasRoom { try await Task.sleep(for: .milliseconds(50)) }
    }

    /// The client waits for `played`, and hears it whatever became of its sound, unless that was refused.
    private mutating func finish() async throws {
        if isRefused {
            isRefused = false
            return
        }
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
