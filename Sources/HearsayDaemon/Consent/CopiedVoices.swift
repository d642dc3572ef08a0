internal import AudioCore
internal import Consent
internal import Pipelines
internal import SpeakerIdentity
internal import Tensors
internal import Watermark

/// A place for speech that can be made silent from outside.
protocol RevocableSink: SpeechSink, Sendable {
    /// Nothing more of it is heard.
    func silence(_ reason: any Error)
    /// Whether all of it has been heard, or never will be.
    var isOver: Bool { get }
}

/// Speaking with copied voices: the only way from a name to a voice, with all checks on it.
final class CopiedVoices: Sendable {
    /// What somebody wants to be spoken.
    struct Request: Sendable {
        let voice: String
        let user: UInt32
        let output: ConsentScope.Output
        let language: String
        let purpose: String?
        let speech: CopiedSpeech

        /// Characters of text that take a second.
        private static let pace = 12

        var use: VoiceUse {
            VoiceUse(
                user: user, output: output, language: language, purpose: purpose ?? "reading",
                seconds: max(1, (speech.words.unicodeScalars.count + Self.pace - 1) / Self.pace))
        }
    }

    /// A voice that is used: as long as its sound may still be heard.
    private struct Active {
        let consent: String
        let use: VoiceUse
        let store: ConsentStore
        let sink: any RevocableSink
    }

    private let desk = Locked<ConsentDesk?>(nil)
    private let active = Locked<[Active]>([])
    private let isWatching = Locked(false)
    /// Signalled when it is to be looked at once.
    private let wake = Semaphore()

    /// Milliseconds between two looks at whether voices may go on.
    private static let interval = 250

    func open(_ desk: ConsentDesk) { self.desk.withLock { $0 = desk } }

    /// The consent of a copied voice that a user means by a name; nil where there is none.
    ///
    /// - Throws: `ConsentError` where that cannot be told.
    func find(_ name: String, for user: UInt32) throws(ConsentError) -> String? {
        guard user != Peer.nobody, let store = try desk.withLock({ $0 })?.existing else { return nil }
        if ConsentTerms.isIdentifier(name) { return name }
        return try store.record(voice: name, for: user)?.id
    }

    /// Whether there are consents here: then a name that nobody knows is answered as one that is not for the asker.
    var areInUse: Bool { (try? desk.withLock { $0 }?.existing) != nil }

    /// Speaks on the calling thread, after all checks.
    ///
    /// - Parameters:
    ///   - id: the consent; an empty one is no one's.
    ///   - makeSink: is told the rate in Hz.
    /// - Throws: `ConsentError`, and what the sink throws.
    func speak(_ request: Request, consent id: String, into makeSink: (Int) throws -> any SpeechSink) throws {
        guard let desk = desk.withLock({ $0 }), let store = try desk.existing else { throw ConsentStore.unknown }
        let use = request.use
        let encoder = try desk.means.encoder()
        let voice = try store.use(
            id, use, model: encoder?.model ?? "", marking: desk.means.marking, text: request.speech.words,
            by: AuditEvent.Actor(user: request.user))
        guard let synthesizer = try desk.means.synthesizer() else {
            throw ConsentError(
                .noVoiceModel, "no voice is installed that can speak as those whom this speaker encoder describes")
        }
        let sink = try makeSink(synthesizer.sampleRate)
        if let revocable = sink as? any RevocableSink {
            active.withLock { $0.append(Active(consent: id, use: use, store: store, sink: revocable)) }
            watch()
        }
        let checked = CheckedSink(
            try MarkedSink(sink, rate: synthesizer.sampleRate, key: desk.means.markingKey), rate: synthesizer.sampleRate
        ) { () throws(ConsentError) in
            try store.recheck(id, use)
        }
        do {
            try synthesizer.speak(request.speech, as: voice, into: checked)
        } catch {
            throw checked.refusal ?? error
        }
        try checked.finish()
    }

    /// Looks at once whether the voices that are heard may go on.
    func recheck() { wake.signal() }

    /// Looks at the voices in use until there are none, on a thread of its own.
    private func watch() {
        let isFirst = isWatching.withLock { isWatching in
            defer { isWatching = true }
            return !isWatching
        }
        guard isFirst else { return }
        Task(executorPreference: ThreadPerJobExecutor()) {
            repeat { _ = self.wake.waitForAll(milliseconds: Self.interval) } while self.look()
        }
    }

    /// Silences what may not go on; false when nothing is left to look at.
    private func look() -> Bool {
        for use in active.withLock({ $0 }) where !use.sink.isOver {
            do {
                try use.store.recheck(use.consent, use.use)
            } catch {
                use.sink.silence(error)
            }
        }
        return active.withLock { active in
            active.removeAll { $0.sink.isOver }
            guard active.isEmpty else { return true }
            isWatching.withLock { $0 = false }
            return false
        }
    }
}

/// Marks speech as synthetic on its way, whatever has made it: there is no other way for a copied voice to be heard.
private final class MarkedSink: SpeechSink {
    private let sink: any SpeechSink
    private let stage: WatermarkStage
    private var marked: [Float] = []

    init(_ sink: any SpeechSink, rate: Int, key: MarkingKey?) throws {
        self.sink = sink
        var generator = SystemRandomNumberGenerator()
        let payload = Watermark.Payload(.cloned, tag: UInt16.random(in: 0...0xFFF, using: &generator))
        do {
            stage = try WatermarkStage(
                Watermark(key: key?.watermark, payload: payload), sampleRate: rate, position: 0)
        } catch {
            throw ConsentError(.watermarkUnavailable, "the speech cannot be marked as synthetic: \(error.message)")
        }
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        stage.append(samples, into: &marked)
        try pass()
    }

    func finish() throws(AudioError) {
        stage.finish(into: &marked)
        try pass()
        try sink.finish()
    }

    private func pass() throws(AudioError) {
        defer { marked.removeAll(keepingCapacity: true) }
        try Self.pass(marked, to: sink)
    }

    private static func pass(_ samples: [Float], to sink: any SpeechSink) throws(AudioError) {
        let result: Result<Void, AudioError> = samples.withUnsafeBufferPointer { samples in
            Result { () throws(AudioError) in if !samples.isEmpty { try sink.write(samples) } }
        }
        try result.get()
    }
}

/// Passes speech on a second at a time, and not one more than may be heard.
private final class CheckedSink: SpeechSink {
    private let sink: any SpeechSink
    private let rate: Int
    private let check: () throws(ConsentError) -> Void
    private var sinceCheck: Int
    /// Why no more is passed on.
    private(set) var refusal: ConsentError?

    init(_ sink: any SpeechSink, rate: Int, check: @escaping () throws(ConsentError) -> Void) {
        self.sink = sink
        self.rate = rate
        self.check = check
        sinceCheck = rate
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        var start = 0
        while start < samples.count {
            if sinceCheck >= rate { try verify() }
            let end = min(samples.count, start + rate - sinceCheck)
            try sink.write(UnsafeBufferPointer(rebasing: samples[start..<end]))
            sinceCheck += end - start
            start = end
        }
    }

    func finish() throws(AudioError) { try sink.finish() }

    private func verify() throws(AudioError) {
        do {
            try check()
            sinceCheck = 0
        } catch {
            refusal = error
            throw AudioError(.cancelled, "The voice may not be used any more.", cause: error)
        }
    }
}
