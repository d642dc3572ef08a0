internal import AudioCore
internal import Pipelines
internal import Tensors
internal import WireProtocol

/// A transcript that is given out while its sound still arrives: what is certain, and nothing that could change.
///
/// Only for sound that comes about as fast as it is spoken; what comes faster is better transcribed as a whole.
final class LiveTranscription: Sendable {
    private struct State {
        /// Mono, 16 kHz; what nobody has heard yet.
        var pending: [Float] = []
        var received = 0
        var isFinished = false
        /// Whether the client has been told anything: then the rest must follow.
        var hasSpoken = false
        var isGivenUp = false
    }

    private let state = Locked(State())
    private let arrived: Semaphore
    private let task: Task<Void, any Error>
    private let start = ContinuousClock.now

    /// Seconds that the sound may be ahead of the clock, and that may wait to be heard.
    private static let longestLead = 3.0
    /// Samples that are heard at a time, at most.
    private static let longestPiece = PCMConverter.sampleRate / 2

    /// - Parameters:
    ///   - make: opens the model, on a thread that may block.
    ///   - send: tells the client.
    init(
        context: JSONContext?, make: @escaping @Sendable () throws -> Dictation,
        send: @escaping @Sendable (WireEvent) -> Void
    ) {
        let (state, arrived) = (state, Semaphore())
        self.arrived = arrived
        task = Task(executorPreference: ThreadPerJobExecutor()) {
            var dictation = try make()
            var writer = LiveWriter(send: send) { Self.mayBegin(state) }
            while let piece = try Self.next(state, arrived) {
                try piece.withUnsafeBufferPointer { piece in
                    try dictation.append(piece, shouldStop: { Self.isLate(state) }) { try writer.take($0) }
                }
            }
            try dictation.finish { try writer.take($0) }
            try writer.finish(context: context)
        }
    }

    deinit { cancel() }

    /// Takes the next samples: mono, 16 kHz.
    func append(_ samples: [Float]) {
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let mustEnd = state.withLock { state in
            guard !state.isGivenUp else { return false }
            state.received += samples.count
            state.pending += samples
            let lead = Double(state.received) / Double(PCMConverter.sampleRate) - elapsed
            let backlog = Double(state.pending.count) / Double(PCMConverter.sampleRate)
            state.isGivenUp = !state.hasSpoken && max(lead, backlog) > Self.longestLead
            if state.isGivenUp { state.pending = [] }
            return state.isGivenUp
        }
        if mustEnd { task.cancel() }
        arrived.signal()
    }

    /// The sound is complete.
    ///
    /// - Returns: whether the client has been told the transcript; if not, it has been told nothing.
    func finish() async throws -> Bool {
        let isLive = state.withLock { state in
            state.isFinished = true
            state.isGivenUp = state.isGivenUp || !state.hasSpoken
            return !state.isGivenUp
        }
        arrived.signal()
        if !isLive { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        guard isLive else { return false }
        try result.get()
        return true
    }

    func cancel() {
        task.cancel()
        arrived.signal()
    }

    // MARK: The thread that listens

    private static func next(_ state: Locked<State>, _ arrived: Semaphore) throws -> [Float]? {
        while true {
            try Task.checkCancellation()
            let (piece, isLast): ([Float], Bool) = state.withLock { state in
                let piece = Array(state.pending.prefix(longestPiece))
                state.pending.removeFirst(piece.count)
                return (piece, state.isFinished)
            }
            if !piece.isEmpty { return piece }
            if isLast { return nil }
            arrived.waitForAll(milliseconds: 500)
        }
    }

    /// Newer sound waits, for which a hypothesis is given up.
    private static func isLate(_ state: Locked<State>) -> Bool {
        Task.isCancelled || state.withLock { $0.pending.count > PCMConverter.sampleRate }
    }

    /// Whether the client may be told something; once it has been, it will be told all.
    private static func mayBegin(_ state: Locked<State>) -> Bool {
        state.withLock { state in
            if !state.isGivenUp { state.hasSpoken = true }
            return state.hasSpoken
        }
    }
}

/// Utterances as one transcript.
private struct LiveWriter {
    private var stream: TranscriptStreamWriter
    private let mayBegin: () -> Bool
    private var isUtteranceStart = false
    private var language: String?

    init(send: @escaping (WireEvent) -> Void, mayBegin: @escaping () -> Bool) {
        stream = TranscriptStreamWriter(send: send)
        self.mayBegin = mayBegin
    }

    mutating func take(_ event: DictationEvent) throws {
        switch event {
        case .speechStarted: isUtteranceStart = true
        case .committed(let text):
            guard !text.isEmpty, mayBegin() else { return }
            try stream.append(isUtteranceStart && text.first?.isWhitespace == false ? " " + text : text)
            isUtteranceStart = false
        case .final(let utterance): language = language ?? utterance.language
        default: break
        }
    }

    func finish(context: JSONContext?) throws {
        try stream.finish(language: language, context: context)
    }
}
