internal import AudioIO
internal import Pipelines
internal import Tensors
internal import WireProtocol

/// Wyoming's microphone: what it hears, from the first moment of the connection to its last.
struct MicrophoneSession: EventSession {
    static let format = WireAudioFormat(rate: AudioCapture.sampleRate, width: 2, channels: 1)

    private let context: DaemonContext
    private let outbox: Outbox
    private let recording: Task<Void, Never>

    /// Samples in one event: 64 ms, as the reference's microphones send them.
    private static let samplesPerChunk = 1_024

    /// Opens the microphone.
    ///
    /// - Throws: ``DaemonError/Code/forbidden``, ``DaemonError/Code/microphoneMuted``.
    init(context: DaemonContext, peer: Peer, outbox: Outbox) throws {
        let settings = context.configuration.dictation
        let access = try peer.checkMicrophone(settings)
        let opening = try context.microphone.open(
            access.user, .wyoming, device: settings.device, while: access.while)
        self.context = context
        self.outbox = outbox
        recording = Task(executorPreference: ThreadPerJobExecutor()) {
            defer { context.microphone.close(opening) }
            do {
                try await Self.record(settings, context.readings, opening, outbox)
            } catch is CancellationError {
                return
            } catch {
                outbox.post(WireErrorEvent(WireFailure(error)).event)
            }
        }
    }

    mutating func handle(_ event: WireEvent) async throws {
        switch event.type {
        case Ping.type: try await outbox.send(Pong(text: try Ping(event).text).event)
        case Describe.type: try await outbox.send(Info(program: context.program, microphone: Self.format).event)
        default: break
        }
    }

    mutating func end() async {
        recording.cancel()
        await recording.value
    }

    private static func record(
        _ settings: DaemonConfiguration.Dictation, _ readings: ReadingQueue, _ opening: MicrophoneOpening,
        _ outbox: Outbox
    ) async throws {
        let reference = readings.lendReference(settings)
        defer { if reference != nil { readings.giveReferenceBack() } }
        let capture = try AudioCapture(settings.capture, reference: reference)
        defer { capture.stop() }
        // Also while the client is waited for.
        opening.whenRevoked { capture.stop() }
        try await outbox.send(AudioStart(format: format, timestamp: 0).event)
        var samples = [Float](repeating: 0, count: samplesPerChunk)
        var sent = 0
        while !Task.isCancelled {
            let count = try samples.withUnsafeMutableBufferPointer { try capture.read(into: $0, timeout: 100) }
            try opening.check()
            guard count > 0 else { continue }
            opening.began()
            let timestamp = sent * 1_000 / format.rate
            // A client that does not read is waited for, and what it misses is dropped where it is recorded.
            try await outbox.send(
                AudioChunk(format: format, audio: PCM16.bytes(of: samples[..<count]), timestamp: timestamp).event)
            sent += count
        }
    }
}

extension DaemonConfiguration.Dictation {
    /// How the microphone is opened.
    var capture: CaptureOptions {
        var options = CaptureOptions(device: device ?? "default")
        options.gain = Double(gain)
        options.noiseSuppression = Double(noiseSuppression)
        return options
    }
}
