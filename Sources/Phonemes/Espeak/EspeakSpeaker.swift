public import HelperProcess

/// Sound by libespeak-ng, each text in a process of its own, which may crash or hang as it likes: that text fails, and no
/// other.
///
/// A new process for each text also makes it sound the same whatever was said before. Starting it takes some 20 ms.
public struct EspeakSpeaker: Sendable {
    /// Hz.
    public static let sampleRate = 22_050

    /// Milliseconds for a process and its text. espeak-ng speaks five minutes in less than three seconds.
    static let timeLimit = 20_000

    private let helper: HelperExecutable
    private let cleans: Bool

    /// - Parameter helper: its first act must be ``PhonemizerHelper/runIfRequested(_:)``.
    public init(helper: HelperExecutable = .thisProgram) {
        self.init(helper: helper, cleans: true)
    }

    /// - Parameter cleans: false lets espeak-ng have texts that it is known to break at, for tests.
    init(helper: HelperExecutable, cleans: Bool) {
        self.helper = helper
        self.cleans = cleans
    }

    /// Speaks a sentence, and blocks until all of it is there.
    ///
    /// - Parameters:
    ///   - language: a tag such as `de`; letter case does not matter.
    ///   - limit: samples that it may have.
    /// - Returns: mono samples, ``sampleRate`` in a second.
    /// - Throws: ``PhonemeError/Code/languageUnsupported``, ``PhonemeError/Code/espeakMissing``,
    ///   ``PhonemeError/Code/speakerFailed`` or ``PhonemeError/Code/soundTooLong``.
    public func samples(
        of text: String, language: String, manner: EspeakManner, limit: Int
    ) throws(PhonemeError) -> [Int16] {
        let text = cleans ? EspeakText.clean(text) : text
        var samples: [Int16] = []
        let tag = String(decoding: language.utf8.prefix(64), as: UTF8.self)
        try exchange(.speech(text, language: tag, manner), about: text) { reply throws(PhonemeError) in
            guard case .sound(let bytes) = reply else { return }
            guard bytes.count / 2 <= limit - samples.count else {
                throw PhonemeError(
                    .soundTooLong,
                    "A sentence of \(text.utf8.count) bytes takes espeak-ng more than \(limit / Self.sampleRate) s to "
                        + "speak. Cut it into shorter ones.")
            }
            for low in stride(from: bytes.startIndex, to: bytes.endIndex, by: 2) {
                samples.append(Int16(bitPattern: UInt16(bytes[low]) | UInt16(bytes[low + 1]) << 8))
            }
        }
        return samples
    }

    /// Tags of the languages that espeak-ng speaks, sorted.
    ///
    /// - Throws: ``PhonemeError/Code/espeakMissing`` or ``PhonemeError/Code/speakerFailed``.
    public func languages() throws(PhonemeError) -> [String] {
        var languages: [String] = []
        try exchange(.languages, about: "") { reply throws(PhonemeError) in
            if case .languages(let tags) = reply { languages = tags }
        }
        return languages
    }

    /// Hands out the replies to a request until the last one has come.
    private func exchange(
        _ request: SpeakerMessage.Request, about text: String,
        _ take: (SpeakerMessage.Reply) throws(PhonemeError) -> Void
    ) throws(PhonemeError) {
        let deadline = HelperConnection.now + Self.timeLimit
        let connection: HelperConnection
        do throws(HelperStartError) {
            connection = try HelperConnection(helper, argument: SpeakerHelper.argument)
        } catch {
            throw PhonemeError(.speakerFailed, error.message)
        }
        try Self.failing(text) { () throws(HelperConnection.Failure) in
            try connection.send(SpeakerMessage.encode(request), before: deadline)
        }
        while true {
            let reply = try Self.failing(text) { () throws(HelperConnection.Failure) in
                let payload = try connection.receive(before: deadline)
                guard let reply = SpeakerMessage.decodeReply(payload) else { throw .ended }
                return reply
            }
            switch reply {
            case .sound: try take(reply)
            case .end, .languages: return try take(reply)
            case .espeakMissing(let message): throw PhonemeError(.espeakMissing, message)
            case .languageUnsupported(let message): throw PhonemeError(.languageUnsupported, message)
            }
        }
    }

    private static func failing<Value>(
        _ text: String, _ body: () throws(HelperConnection.Failure) -> Value
    ) throws(PhonemeError) -> Value {
        do throws(HelperConnection.Failure) {
            return try body()
        } catch {
            let shown = EspeakText.clean(String(text.prefix(80)))
            throw PhonemeError(
                .speakerFailed,
                "espeak-ng \(error == .timedOut ? "hangs" : "breaks") at the sentence that begins with '\(shown)'. Write "
                    + "it in another way, or leave it out.")
        }
    }
}

/// How espeak-ng says a text, in its own units.
public struct EspeakManner: Sendable, Equatable {
    /// 80 to 750, 175 being the usual tempo.
    public var wordsPerMinute: Int
    /// 0 to 99: 50 is the voice's own pitch, 50 steps are an octave.
    public var pitch: Int
    /// 0 to 99: 0 is a monotone, 50 the voice's own.
    public var range: Int

    public static let usual = EspeakManner(wordsPerMinute: 175, pitch: 50, range: 50)

    /// Values outside their ranges become the nearest inside.
    public init(wordsPerMinute: Int, pitch: Int, range: Int) {
        self.wordsPerMinute = min(max(wordsPerMinute, 80), 750)
        self.pitch = min(max(pitch, 0), 99)
        self.range = min(max(range, 0), 99)
    }
}

extension PhonemeError.Code {
    /// The process that speaks cannot be started, or ended or hung at this text.
    public static let speakerFailed = Self(rawValue: "speech.speaker_failed")
    /// One sentence would become more sound than any sentence may.
    public static let soundTooLong = Self(rawValue: "speech.sentence_too_long")
}
