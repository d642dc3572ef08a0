public import AudioIO
import Glibc
import Recognition
import Synchronization
import VoiceActivity

/// What a dictation from a microphone reports.
public enum DictationSessionEvent: Sendable, Equatable {
    /// What the microphone is at has changed.
    case status(CaptureStatus)
    /// How loud it is, about ten times a second.
    case level(SoundLevel)
    case dictation(DictationEvent)
    /// Something was lost, and why.
    case warning(String)
}

/// One dictation from a microphone, from opening to closing it.
public final class DictationSession: Sendable {
    public let capture: CaptureOptions
    private let reference: EchoReference?
    private let endsAfterUtterance: Bool
    private let isStopping = Atomic<Bool>(false)

    /// Seconds of sound that may wait before a hypothesis is given up for it.
    private static let patience = 1.0

    /// - Parameters:
    ///   - reference: what this process plays, to be left out of what is heard; nil for no echo cancellation.
    ///   - endsAfterUtterance: end with the first utterance that has words.
    public init(_ capture: CaptureOptions, reference: EchoReference? = nil, endsAfterUtterance: Bool = false) {
        self.capture = capture
        self.reference = reference
        self.endsAfterUtterance = endsAfterUtterance
    }

    /// Closes the microphone; what was said until then is still decoded. Any thread may call this.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
    }

    private var isStopped: Bool { isStopping.load(ordering: .acquiring) || Task.isCancelled }

    /// Listens on the calling thread until ``stop()``, or until the task around it is cancelled.
    ///
    /// - Parameters:
    ///   - dictation: asked for once the microphone is open, so that nothing is lost while a model loads.
    ///   - onEvent: hears of each event as it happens; an error that it throws ends the session.
    /// - Throws: `AudioError`, `RecognitionError`, or what `makeDictation` and `onEvent` throw.
    public func run(
        _ makeDictation: () throws -> Dictation, onEvent: (DictationSessionEvent) throws -> Void
    ) throws {
        let capture = try AudioCapture(capture, reference: reference)
        defer { capture.stop() }
        var dictation = try makeDictation()
        var monitor = Monitor()
        // All that has come while a hypothesis was made.
        var samples = [Float](repeating: 0, count: AudioCapture.sampleRate)
        var hasWords = false
        while !(hasWords && endsAfterUtterance) {
            if isStopped { capture.stop() }
            let count = try samples.withUnsafeMutableBufferPointer { try capture.read(into: $0, timeout: 100) }
            try monitor.report(capture, onEvent)
            if count == 0, capture.hasEnded { break }
            try samples[..<count].withUnsafeBufferPointer { samples in
                try dictation.append(
                    samples, shouldStop: { [self] in isStopped || capture.secondsWaiting > Self.patience }
                ) { event in
                    if case .final(let utterance) = event, !utterance.text.isEmpty { hasWords = true }
                    try onEvent(.dictation(event))
                }
            }
        }
        try dictation.finish { try onEvent(.dictation($0)) }
        try onEvent(.status(.stopped))
    }

    /// - Parameter seconds: of sound; where they would round to none, they are a moment.
    static func lost(_ seconds: Double) -> String {
        let tenths = (seconds * 10).rounded() / 10
        let what = tenths > 0 ? "\(tenths) s of sound were lost" : "A moment of sound was lost"
        return "\(what): the recogniser is too slow for this machine."
    }

    /// Looks for what is worth telling about the microphone.
    private struct Monitor {
        private var status: CaptureStatus?
        private var dropped = 0
        private var overruns = 0
        private var lastWarning: ContinuousClock.Instant?

        /// A machine that is too slow is so all the time.
        private static let pauseBetweenWarnings = Duration.seconds(10)

        mutating func report(
            _ capture: AudioCapture, _ onEvent: (DictationSessionEvent) throws -> Void
        ) throws {
            let now = capture.status
            if now != status, now != .stopped { try onEvent(.status(now)) }
            status = now
            try onEvent(.level(capture.level))
            if let lastWarning, .now - lastWarning < Self.pauseBetweenWarnings { return }
            guard capture.droppedSamples > dropped || capture.overruns > overruns else { return }
            lastWarning = .now
            if capture.droppedSamples > dropped {
                let seconds = Double(capture.droppedSamples - dropped) / Double(max(1, capture.deviceRate))
                dropped = capture.droppedSamples
                try onEvent(.warning(DictationSession.lost(seconds)))
            }
            if capture.overruns > overruns {
                overruns = capture.overruns
                try onEvent(.warning("The microphone was read too late; a moment of sound is missing."))
            }
        }
    }
}

extension Dictation {
    /// Makes a session's dictation run on a thread of its own; returns when the session is over.
    ///
    /// - Throws: as ``DictationSession/run(_:onEvent:)`` does.
    public static func run(
        _ session: DictationSession, _ makeDictation: @escaping @Sendable () throws -> Dictation,
        onEvent: @escaping @Sendable (DictationSessionEvent) throws -> Void
    ) async throws {
        let task = Task(executorPreference: ThreadPerJobExecutor()) {
            try session.run(makeDictation, onEvent: onEvent)
        }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
