public import Recognition
import Spectral
public import VoiceActivity

/// Speech to text while it is spoken: sound goes in piece by piece, events come out.
///
/// Voice activity cuts the sound into utterances. A growing utterance is decoded again and again; what the policy holds
/// for certain is committed, and every later hypothesis begins with it, so that nothing committed changes. Everything
/// happens within the calls; one thread at a time.
public struct Dictation {
    private let decoder: any UtteranceDecoding
    private let options: DictationOptions
    private var detector: VoiceActivityDetector
    /// The latest sound, in which the beginning of the next utterance lies.
    private var recent = RecentSound()
    private var utterance: Utterance?
    private var composer: DictationComposer
    private var agreement = LocalAgreement()
    /// Tokens of what was said before.
    private var context: [Int] = []
    private var activity: [VoiceActivityEvent] = []
    /// Samples up to the last that sounded like speech.
    private var lastVoice = 0
    /// Samples that came while the last hypothesis was made: what another one will take. Nil until they are known.
    private var cost: Int?

    private static let rate = LogMelFraming.sampleRate
    /// Samples of silence after which an utterance may turn out to have ended, and those in which no hypothesis is begun
    /// that would be in the way of the one that tells.
    private static let ending = rate / 10
    private static let expectingEnd = rate / 25
    /// Tokens of earlier text that later text is decoded in the light of.
    private static let longestContext = 100

    /// - Parameters:
    ///   - decoder: used by nobody else meanwhile.
    ///   - activity: finds the utterances.
    public init(
        decoder: any UtteranceDecoding, activity: VoiceActivityModel, options: DictationOptions = DictationOptions()
    ) {
        self.decoder = decoder
        self.options = options
        // The pre-roll keeps first syllables.
        var detection = VoiceActivityOptions()
        detection.minimumSilence = options.pause
        detector = VoiceActivityDetector(model: activity, options: detection)
        composer = DictationComposer(commands: options.commands)
    }

    /// Whether somebody speaks.
    public var isSpeaking: Bool { utterance != nil }

    /// Takes the next samples and reports what becomes known by them; at most one hypothesis is made of each call.
    ///
    /// - Parameters:
    ///   - samples: mono, 16 kHz, full scale ±1: all that has come since the last call, at most a second. What came while
    ///     a hypothesis was made tells how long it took, and is looked through before another one is begun.
    ///   - shouldStop: asked, between two tokens of a hypothesis that is not final, whether newer sound is waiting.
    /// - Throws: `RecognitionError`, or what `onEvent` throws.
    public mutating func append(
        _ samples: UnsafeBufferPointer<Float>, shouldStop: () -> Bool = { false },
        onEvent: (DictationEvent) throws -> Void
    ) throws {
        cost = cost ?? samples.count
        recent.append(samples)
        detector.append(samples, into: &activity)
        lastVoice = detector.lastSpeech
        try takeActivity(onEvent)
        feed(before: recent.end)
        if let utterance, utterance.sound.frameCount >= decoder.windowFrames - Self.frames(1) {
            try roll(onEvent)
        }
        if isDue { try decodePartially(shouldStop, onEvent) }
        if isComplete {
            detector.endSpeech(into: &activity)
            try takeActivity(onEvent)
        }
    }

    /// Ends the sound; an utterance that goes on ends with it.
    public mutating func finish(onEvent: (DictationEvent) throws -> Void) throws {
        let end = recent.end
        detector.finish(into: &activity)
        try takeActivity(onEvent)
        if utterance != nil { try endUtterance(at: end, onEvent) }
        recent = RecentSound()
        lastVoice = 0
    }

    // MARK: Utterances

    private struct Utterance {
        /// The window that is being decoded; a long utterance has several.
        var sound: UtteranceSound
        /// Seconds at which the whole utterance began.
        let start: Double
        /// Committed tokens of the window.
        var decided: [Int] = []
        /// The last hypothesis: words after `decided`, and the sample that it had heard everything before.
        var hypothesis: [HypothesisWord] = []
        var heard = 0
        var isPlausible = false
        /// The last two hypotheses had both heard all of the speech, and were the same.
        var isSettled = false
        var language: String?
        var words: [Word] = []

        mutating func begin(_ sound: UtteranceSound, decided: [Int]) {
            self.sound = sound
            self.decided = decided
            hypothesis = []
            heard = sound.start
            isPlausible = false
            isSettled = false
        }

        var tokens: [Int] { decided + hypothesis.flatMap(\.tokens) }
    }

    private mutating func takeActivity(_ onEvent: (DictationEvent) throws -> Void) throws {
        let events = activity
        activity.removeAll(keepingCapacity: true)
        for event in events {
            switch event {
            case .started(let sample):
                let start = max(sample, recent.start)
                utterance = Utterance(
                    sound: UtteranceSound(start: start, melBins: decoder.melBins), start: Self.seconds(start))
                agreement.reset()
                try onEvent(.speechStarted(seconds: Self.seconds(start)))
            case .stopped(let sample):
                feed(before: sample)
                if utterance != nil { try endUtterance(at: sample, onEvent) }
            }
        }
    }

    private mutating func feed(before sample: Int) {
        guard let end = utterance?.sound.end, end < sample else { return }
        recent.withSamples(end..<sample) { utterance?.sound.append($0) }
    }

    private mutating func endUtterance(at sample: Int, _ onEvent: (DictationEvent) throws -> Void) throws {
        try onEvent(.speechEnded(seconds: Self.seconds(sample)))
        try endWindow(heardBefore: sample, onEvent)
        guard let utterance = utterance.take() else { return }
        var text = composer.text
        for edit in composer.finish() {
            text = Self.applying(edit, to: text)
            try report(edit, onEvent)
        }
        try onEvent(
            .final(
                DictatedText(
                    text: text, language: utterance.language ?? options.language ?? "en", start: utterance.start,
                    end: Self.seconds(sample), words: options.wordTimes ? utterance.words : nil)))
    }

    /// Decodes the window for the last time, unless that has been done, and commits all of it.
    private mutating func endWindow(heardBefore sample: Int, _ onEvent: (DictationEvent) throws -> Void) throws {
        guard let current = utterance, current.sound.frameCount > 0 else { return }
        // Most utterances have been heard to their end while the pause was not yet long enough to be one.
        if current.heard < min(sample, lastVoice + Self.ending) || !current.isPlausible {
            try decode(isFinal: true) { false }
        }
        guard let decoded = utterance else { return }
        let tokens = decoded.decided + decoded.hypothesis.flatMap(\.tokens)
        if options.wordTimes {
            let language = decoded.language ?? options.language ?? "en"
            addTimes(of: try decoder.wordTimes(of: tokens, language: language))
        }
        try commit(decoded.hypothesis.count, onEvent)
        if options.conditionsOnPreviousText { context = (context + tokens).suffix(Self.longestContext) }
    }

    /// Goes on in a new window when the old one is full, from a quiet place near its end.
    ///
    /// Words that were said behind that place and have been committed are what the new window's text begins with.
    private mutating func roll(_ onEvent: (DictationEvent) throws -> Void) throws {
        try decode(isFinal: true) { false }
        guard let current = utterance else { return }
        let rest = current.sound.behindQuietPlace()
        let cut = Self.seconds(rest.start - current.sound.start)
        let language = current.language ?? options.language ?? "en"
        let all = current.decided + current.hypothesis.flatMap(\.tokens)
        let aligned = try decoder.wordTimes(of: all, language: language)
        let before = aligned.prefix { ($0.word.start + $0.word.end) / 2 < cut }
        let beforeCount = before.reduce(0) { $0 + $1.tokens.count }
        var count = 0
        var tokens = current.decided.count
        while tokens < beforeCount, count < current.hypothesis.count {
            tokens += current.hypothesis[count].tokens.count
            count += 1
        }
        try commit(count, onEvent)
        if options.wordTimes { addTimes(of: before) }
        let decided = utterance?.decided ?? []
        if options.conditionsOnPreviousText {
            context = (context + decided.prefix(beforeCount)).suffix(Self.longestContext)
        }
        utterance?.begin(rest, decided: Array(decided.dropFirst(beforeCount)))
        agreement.reset()
    }

    // MARK: Hypotheses

    private var isDue: Bool {
        guard let utterance else { return false }
        // A pause may turn out to be the end: then the text is there already, at first with the words' last sounds
        // perhaps missing, then with all that the utterance will have, if that can be known before the pause is over.
        let hangOver = Int(detector.options.hangOver * Double(Self.rate))
        if detector.silence >= Self.ending, utterance.heard < lastVoice + Self.ending { return true }
        if detector.silence >= hangOver, utterance.heard < lastVoice + hangOver {
            return Double(detector.silence + (cost ?? 0)) < options.pause * Double(Self.rate)
        }
        if (Self.expectingEnd..<Self.ending).contains(detector.silence) { return false }
        let new = utterance.sound.end - max(utterance.heard, utterance.sound.start)
        return Double(new) >= options.interval * Double(Self.rate)
    }

    /// Whether an utterance is over before its pause is: after half of it, where the text ends a sentence, after most of
    /// it, where more silence has not changed the text.
    private var isComplete: Bool {
        guard let utterance, utterance.isPlausible, utterance.heard >= lastVoice + Self.ending else { return false }
        let pauses = Double(detector.silence) / (options.pause * Double(Self.rate))
        if utterance.isSettled, pauses >= 5.0 / 6 { return true }
        guard pauses >= 0.5 else { return false }
        let text = composer.text + composer.heldText + utterance.hypothesis.map(\.text).joined()
        return text.last.map { ".!?。！？".contains($0) } == true && !text.hasSuffix("..")
    }

    private mutating func decodePartially(
        _ shouldStop: () -> Bool, _ onEvent: (DictationEvent) throws -> Void
    ) throws {
        do {
            try decode(isFinal: false, shouldStop)
        } catch let error as RecognitionError where error.code == .cancelled {
            if Task.isCancelled { throw error }
            return
        }
        guard let current = utterance, current.isPlausible else { return }
        let certain =
            switch options.policy {
            case .localAgreement: agreement.agreed(current.hypothesis)
            case .alignAtt: AlignAtt().attended(current.hypothesis, seconds: current.sound.seconds)
            }
        try commit(certain, onEvent)
        let tentative = composer.heldText + (utterance?.hypothesis.map(\.text).joined() ?? "")
        try onEvent(
            .partial(
                committed: composer.text,
                tentative: composer.text.isEmpty ? String(tentative.drop { $0 == " " }) : tentative))
        if let utterance, utterance.decided.count >= decoder.mostDecidedTokens { try roll(onEvent) }
    }

    /// Makes a hypothesis of the window as it is.
    private mutating func decode(isFinal: Bool, _ shouldStop: () -> Bool) throws {
        guard let current = utterance else { return }
        let request = UtteranceRequest(
            mel: current.sound.mel(), language: current.language ?? options.language, decided: current.decided,
            prompt: context, isFinal: isFinal, wantsAttention: options.policy == .alignAtt && !isFinal)
        // Heard even if it is given up: the next attempt is due after as much new sound.
        utterance?.heard = current.sound.end
        utterance?.isPlausible = false
        utterance?.isSettled = false
        cost = nil
        let hypothesis = try decoder.decode(request, shouldStop: shouldStop)
        utterance?.isPlausible = hypothesis.isPlausible
        if hypothesis.isPlausible || isFinal { utterance?.hypothesis = hypothesis.words }
        let hadHeardAll = current.isPlausible && current.heard >= lastVoice + Self.ending
        let isSettled = hadHeardAll && hypothesis.isPlausible && utterance?.tokens == current.tokens
        utterance?.isSettled = isSettled
        // Once something is committed, the language is too.
        if !current.decided.isEmpty || isFinal { utterance?.language = hypothesis.language }
    }

    /// Commits the first words of the hypothesis.
    private mutating func commit(_ count: Int, _ onEvent: (DictationEvent) throws -> Void) throws {
        guard count > 0, let words = utterance?.hypothesis.prefix(count) else { return }
        utterance?.decided += words.flatMap(\.tokens)
        utterance?.hypothesis.removeFirst(count)
        for edit in composer.append(words) { try report(edit, onEvent) }
    }

    private mutating func addTimes(of words: some Sequence<AlignedWord>) {
        guard let start = utterance?.sound.start else { return }
        for var word in words.lazy.map(\.word) {
            word.start += Self.seconds(start)
            word.end += Self.seconds(start)
            utterance?.words.append(word)
        }
    }

    private func report(_ edit: DictationComposer.Edit, _ onEvent: (DictationEvent) throws -> Void) throws {
        switch edit {
        case .insert(let text): try onEvent(.committed(text))
        case .erase(let text): try onEvent(.erased(text))
        }
    }

    private static func applying(_ edit: DictationComposer.Edit, to text: String) -> String {
        switch edit {
        case .insert(let added): text + added
        case .erase: ""
        }
    }

    private static func seconds(_ sample: Int) -> Double { Double(sample) / Double(rate) }
    private static func frames(_ seconds: Int) -> Int { seconds * rate / LogMelFraming.hopLength }
}
