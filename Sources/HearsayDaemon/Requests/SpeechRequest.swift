internal import Consent
internal import ModelStore
package import Pipelines
internal import Synthesis
package import WireProtocol

/// Text to sound, whole or as the text arrives.
package struct SpeechRequest: Sendable {
    let host: EngineHost
    let scheduler: Scheduler
    /// Whose work it is.
    let user: UInt32
    let voice: WireVoice?
    let prosody: WireProsody
    /// Voices of people; nil for a client that may not use any.
    let copies: CopiedVoices?
    /// Where the sound goes: what a client is sent, it may store.
    let output: ConsentScope.Output

    /// Where the text comes from.
    package enum Text: Sendable {
        case plain(String)
        case ssml(String)
        case feed(TextFeed)
    }

    package init(host: EngineHost, scheduler: Scheduler, user: UInt32, voice: WireVoice?, prosody: WireProsody) {
        self.init(host: host, scheduler: scheduler, user: user, voice: voice, prosody: prosody, copies: nil)
    }

    init(
        host: EngineHost, scheduler: Scheduler, user: UInt32, voice: WireVoice?, prosody: WireProsody,
        copies: CopiedVoices?, output: ConsentScope.Output = .file
    ) {
        self.host = host
        self.scheduler = scheduler
        self.user = user
        self.voice = voice
        self.prosody = prosody
        self.copies = copies
        self.output = output
    }

    /// Speaks, when it is this request's turn.
    ///
    /// - Parameter makeSink: is asked on the thread that speaks, and told the rate in Hz.
    package func run(
        _ text: Text, into makeSink: @escaping @Sendable (Turn, Int) throws -> any SpeechSink,
        onEvent: @escaping @Sendable (ReadAloudEvent) -> Void = { _ in }
    ) async throws {
        let options = try options()
        try await scheduler.run(.readAloud, user: user) { turn in
            let copy = copiedVoice()
            if let name = voice?.name, case .success(let consent?) = copy {
                return try speak(text, options, turn, as: name, consent, into: makeSink)
            }
            let loan = try installedVoice(unless: copy)
            try withExtendedLifetime(loan) {
                let frontEnd = host.frontEnd(
                    language: prosody.language ?? loan.value.language,
                    allowsInlinePhonemes: prosody.allowsInlinePhonemes ?? false)
                let job = ReadAloudJob(
                    jobText(text, turn), voice: loan.value, frontEnd: frontEnd,
                    options: withSpeaker(options, of: loan.value), signature: host.signature)
                let sink = try makeSink(turn, loan.value.sampleRate)
                let began = ContinuousClock.now
                let seconds = try job.speak(into: sink) { event in
                    onEvent(event)
                    guard prosody.wantsMarks == true, case .mark(let name, _) = event else { return }
                    try (sink as? WireSpeechSink)?.mark(name)
                }
                Statistics.countSpoken(seconds: seconds, in: .now - began)
            }
        }
    }

    /// The consent of the person whose voice is meant, if one is.
    private func copiedVoice() -> Result<String?, ConsentError> {
        guard let name = voice?.name, let copies else { return .success(nil) }
        return Result { () throws(ConsentError) in try copies.find(name, for: user) }
    }

    /// A voice that is nobody's in particular.
    ///
    /// - Parameter copy: why it is not known whether a copied voice is meant.
    private func installedVoice(unless copy: Result<String?, ConsentError>) throws -> EngineLoan<any SpeechVoice> {
        do {
            return try host.voice(voice?.name, language: voice?.language ?? prosody.language)
        } catch let error as ModelStoreError where error.code == .unknownVoice {
            _ = try copy.get()
            // Whether somebody has such a voice is not for others to know.
            guard let copies, copies.areInUse else { throw error }
            throw ConsentStore.unknown
        }
    }

    /// Speaks with the voice of a person, whose consent is looked at first.
    private func speak(
        _ text: Text, _ options: SpeechOptions, _ turn: Turn, as name: String, _ consent: String,
        into makeSink: (Turn, Int) throws -> any SpeechSink
    ) throws {
        var speech =
            switch text {
            case .plain(let text): CopiedSpeech(text)
            case .ssml(let text): CopiedSpeech(text, isMarkup: true, isLenient: prosody.isLenient ?? false)
            case .feed(let feed): CopiedSpeech(try feed.all(during: turn))
            }
        speech.options = options
        let request = CopiedVoices.Request(
            voice: name, user: user, output: output, language: prosody.language ?? voice?.language ?? "en",
            purpose: prosody.purpose, speech: speech)
        try copies?.speak(request, consent: consent) { try makeSink(turn, $0) }
    }

    private func jobText(_ text: Text, _ turn: Turn) -> ReadAloudJob.Text {
        switch text {
        case .plain(let text): .plain(text)
        case .ssml(let text): .ssml(text, isLenient: prosody.isLenient ?? false)
        case .feed(let feed): .pieces { try feed.next(during: turn) }
        }
    }

    private func options() throws -> SpeechOptions {
        var options = SpeechOptions()
        options.rate = prosody.rate ?? options.rate
        options.pitch = prosody.pitch ?? options.pitch
        options.pitchRange = prosody.pitchRange ?? options.pitchRange
        options.volume = prosody.volume ?? options.volume
        options.seed = prosody.seed.map { UInt64(bitPattern: Int64($0)) } ?? options.seed
        try options.validate()
        return options
    }

    /// A speaker that looks like a number may be a name too.
    private func withSpeaker(_ options: SpeechOptions, of voice: any SpeechVoice) -> SpeechOptions {
        var options = options
        options.speaker = self.voice?.speaker.map { name in
            if !voice.speakers.contains(name), let number = Int(name) { return .number(number) }
            return .named(name)
        }
        return options
    }
}
