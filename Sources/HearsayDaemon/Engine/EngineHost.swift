public import ModelStore
public import Phonemes
public import Pipelines
public import Recognition
public import Synthesis
internal import Tensors

/// The models and voices of the daemon: each opened once, when it is first needed, shared by all who use it, and closed
/// when nobody has used it for a while or memory is needed for another.
public final class EngineHost: Sendable {
    /// What the configuration says about engines.
    public struct Settings: Sendable, Equatable {
        /// The model for requests that name none; nil for the only installed one, or the first.
        public var model: String?
        /// The voice for requests that name none; nil for the one that came with hearsay.
        public var voice: String?
        /// Threads that share out each operation; nil for one per processor.
        public var threads: Int?
        /// Seconds without use after which a model is closed; 0 keeps it.
        public var idleSeconds = 600
        /// Bytes of weights that may be open at once; nil for no limit.
        public var memoryCeiling: Int?

        public init() {}
    }

    private struct Key: Hashable {
        enum Kind { case model, voice }
        let kind: Kind
        let path: String
    }

    private struct Entry {
        let value: any Sendable
        let size: Int
        var loans = 0
        var lastUse: ContinuousClock.Instant
    }

    private struct State {
        var settings: Settings
        var entries: [Key: Entry] = [:]
        var unloader: Task<Void, Never>?
        var catalogue = EngineCatalogue()
        var pool: ThreadPool?
    }

    /// Whose mark the speech of stock voices bears.
    public let signature: SpeechSignature
    private let models: ModelLibrary
    private let voices: VoiceLibrary
    private let phonemizer: PhonemizerProcess
    private let state: Locked<State>
    /// Held while something is opened, so that two who need the same model do not both open it.
    private let opening = Locked(())

    public init(
        settings: Settings = Settings(), models: ModelLibrary, voices: VoiceLibrary,
        signature: SpeechSignature = SpeechSignature()
    ) {
        self.signature = signature
        self.models = models
        self.voices = voices
        phonemizer = PhonemizerProcess()
        state = Locked(State(settings: settings))
    }

    deinit { state.withLock { $0.unloader?.cancel() } }

    // MARK: Use

    /// Threads for one transcription, as ``Pipelines/TranscriptionJob/threads`` takes them.
    public var threads: Int? { state.withLock { $0.settings.threads } }

    /// The recogniser called `name`; the default one for nil. Blocks while it is opened.
    ///
    /// - Throws: `ModelStoreError`, `RecognitionError`, ``DaemonError/Code/memoryCeiling``.
    public func recognizer(_ name: String?) throws -> EngineLoan<WhisperModel> {
        let installed = try model(name)
        return try borrow(Key(kind: .model, path: installed.path), size: installed.size) {
            try WhisperModel.open(installed.path)
        }
    }

    /// The voice called `name`; else one that speaks `language`: the default one, another, or espeak-ng's; else the default
    /// one. Blocks while it is opened.
    ///
    /// - Throws: `ModelStoreError`, `SynthesisError`, ``DaemonError/Code/memoryCeiling``.
    public func voice(_ name: String?, language: String? = nil) throws -> EngineLoan<any SpeechVoice> {
        let installed = try voice(named: name, speaking: language)
        if installed.form == .espeak {
            // It has nothing that would have to be loaded.
            return EngineLoan(EspeakNGVoice(language: installed.namedLanguage ?? language ?? Self.usualLanguage)) {}
        }
        let pool = try pool()
        return try borrow(Key(kind: .voice, path: installed.path), size: installed.size) {
            try Self.open(installed, pool)
        }
    }

    /// What a voice of many languages speaks where nothing says which.
    private static let usualLanguage = "en-us"

    /// What turns text into phonemes for a voice. The process behind it is shared.
    ///
    /// - Parameter allowsInlinePhonemes: see ``Phonemes/SpeechFrontEnd/Options/allowsInlinePhonemes``.
    public func frontEnd(language: String, allowsInlinePhonemes: Bool = false) -> SpeechFrontEnd {
        var options = SpeechFrontEnd.Options()
        options.allowsInlinePhonemes = allowsInlinePhonemes
        return SpeechFrontEnd(language: language, phonemizer: phonemizer, options: options)
    }

    /// Starts what the first sentence would wait for.
    public func prepareSpeech(language: String = "en-us") { phonemizer.prepare(language: language) }

    // MARK: Management

    /// What is installed, as of the last ``refreshCatalogue()``: asking waits for nothing.
    public var catalogue: EngineCatalogue { state.withLock { $0.catalogue } }

    /// Looks at the folders of models and voices again. Opens each of them for a moment; call it where waiting is
    /// allowed.
    public func refreshCatalogue() {
        var problems: [String] = []
        func found<Installed>(_ find: () throws -> Installed) -> Installed? {
            do {
                return try find()
            } catch {
                problems.append(WireFailure(error).text)
                return nil
            }
        }
        var catalogue = EngineCatalogue(
            models: models, voices: voices, defaultModel: found { try model(nil) },
            defaultVoice: found { try voice(named: nil, speaking: nil) })
        catalogue.problems = problems
        state.withLock { $0.catalogue = catalogue }
    }

    /// Changes the settings; what is in use stays open until it is given back.
    public func apply(_ settings: Settings) {
        state.withLock { state in
            if settings.threads != state.settings.threads { state.pool = nil }
            state.settings = settings
        }
        unloadIdle()
    }

    /// Closes whatever is not in use: files may have been replaced.
    public func unloadUnused() {
        state.withLock { state in state.entries = state.entries.filter { $0.value.loans > 0 } }
    }

    /// What is open: names, bytes and how many use it.
    public var loaded: [LoadedEngine] {
        state.withLock { state in
            state.entries.map { key, entry in
                LoadedEngine(
                    kind: key.kind == .model ? "model" : "voice", path: key.path, bytes: entry.size, users: entry.loans)
            }
        }.sorted { $0.path < $1.path }
    }

    // MARK: Looking up

    private func model(_ name: String?) throws -> InstalledModel {
        if let name {
            // A request says names: paths would be opened with the daemon's rights.
            if let model = models.installed().first(where: { $0.name == name }) { return model }
            if let configured = try configuredModel(), configured.name == name { return configured }
            throw ModelStoreError(
                .unknownModel,
                "no model called '\(name.prefix(80))' is installed; `hearsay models list` shows those that are")
        }
        if let configured = try configuredModel() { return configured }
        let installed = models.installed()
        // Several that people installed are all as good.
        return try installed.count > 1 ? (try? models.resolve(nil)) ?? installed[0] : models.resolve(nil)
    }

    private func configuredModel() throws -> InstalledModel? {
        try state.withLock { $0.settings.model }.map { try models.resolve($0) }
    }

    private func voice(named name: String?, speaking language: String?) throws -> InstalledVoice {
        if name == nil, let language {
            let catalogue = catalogue
            let speaking = catalogue.voices.filter { $0.speaks(language) }
            let spoken = speaking.first { $0.name == catalogue.defaultVoice } ?? speaking.first
            if let spoken { return try voices.resolve(spoken.name) }
        }
        if let name {
            if let voice = voices.installed().first(where: { $0.name == name }) { return voice }
            if let configured = try configuredVoice(), configured.name == name { return configured }
            if let voice = InstalledVoice.espeak(named: name) { return voice }
            throw ModelStoreError(
                .unknownVoice,
                "no voice called '\(name.prefix(80))' is installed; `hearsay voices` shows those that are")
        }
        return try configuredVoice() ?? voices.resolve(nil)
    }

    private func configuredVoice() throws -> InstalledVoice? {
        try state.withLock { $0.settings.voice }.map { try voices.resolve($0) }
    }

    static func open(_ installed: InstalledVoice, _ pool: ThreadPool) throws -> any SpeechVoice {
        switch installed.form {
        case .neural: try NeuralVoice.open(installed.path, pool: pool)
        case .piper: try PiperVoice.open(installed.path, pool: pool)
        case .espeak: EspeakNGVoice(language: installed.namedLanguage ?? usualLanguage)
        }
    }

    private func pool() throws(DaemonError) -> ThreadPool {
        try state.withLock { (state: inout State) throws(DaemonError) in
            if let pool = state.pool { return pool }
            guard let pool = ThreadPool(threads: state.settings.threads ?? ThreadPool.availableProcessors) else {
                throw DaemonError(.noThreads, "the system gave no threads to compute with")
            }
            state.pool = pool
            return pool
        }
    }

    // MARK: Lending

    private func borrow<Value: Sendable>(
        _ key: Key, size: Int, open: () throws -> Value
    ) throws -> EngineLoan<Value> {
        if let loan: EngineLoan<Value> = lend(key) { return loan }
        return try opening.withLock { _ in
            if let loan: EngineLoan<Value> = lend(key) { return loan }
            try makeRoom(for: size, path: key.path)
            let value = try open()
            state.withLock { $0.entries[key] = Entry(value: value, size: size, loans: 1, lastUse: .now) }
            return EngineLoan(value) { [weak self] in self?.giveBack(key) }
        }
    }

    private func lend<Value: Sendable>(_ key: Key) -> EngineLoan<Value>? {
        let value: Value? = state.withLock { state in
            guard let value = state.entries[key]?.value as? Value else { return nil }
            state.entries[key]?.loans += 1
            return value
        }
        return value.map { value in EngineLoan(value) { [weak self] in self?.giveBack(key) } }
    }

    private func giveBack(_ key: Key) {
        state.withLock { state in
            state.entries[key]?.loans -= 1
            state.entries[key]?.lastUse = .now
        }
        scheduleUnloading()
    }

    /// Closes what nobody uses, longest unused first, until `size` more bytes are below the ceiling.
    private func makeRoom(for size: Int, path: String) throws(DaemonError) {
        try state.withLock { (state: inout State) throws(DaemonError) in
            guard let ceiling = state.settings.memoryCeiling else { return }
            var total = state.entries.values.reduce(0) { $0 + $1.size }
            let unused = state.entries.filter { $0.value.loans == 0 }.sorted { $0.value.lastUse < $1.value.lastUse }
            for (key, entry) in unused where total + size > ceiling {
                state.entries[key] = nil
                total -= entry.size
            }
            guard total + size <= ceiling else {
                throw DaemonError(
                    .memoryCeiling,
                    "\(path) has \(size) bytes of weights, and \(total) are in use of the \(ceiling) that "
                        + "engine.memory_ceiling_mib allows; wait, raise it, or use a smaller model")
            }
        }
    }

    // MARK: Unloading

    /// Wakes up once when the first entry may have been idle long enough; nothing runs while nothing is open.
    private func scheduleUnloading() {
        state.withLock { state in
            guard state.unloader == nil, state.settings.idleSeconds > 0 else { return }
            let seconds = state.settings.idleSeconds
            state.unloader = Task { [weak self] in
                try? await Task.sleep(for: .seconds(seconds), tolerance: .seconds(1))
                guard !Task.isCancelled, let self else { return }
                self.state.withLock { $0.unloader = nil }
                if self.unloadIdle() { self.scheduleUnloading() }
            }
        }
    }

    /// Closes what has been idle long enough; true when something unused is left that is not old enough yet.
    @discardableResult
    private func unloadIdle() -> Bool {
        state.withLock { state in
            guard state.settings.idleSeconds > 0 else { return false }
            let limit = ContinuousClock.now - .seconds(state.settings.idleSeconds)
            let count = state.entries.count
            state.entries = state.entries.filter { $0.value.loans > 0 || $0.value.lastUse > limit }
            if state.entries.count < count { FreedMemory.giveBackSoon() }
            return state.entries.contains { $0.value.loans == 0 }
        }
    }
}

/// The right to use something that is shared; letting go of it gives it back.
public final class EngineLoan<Value: Sendable>: Sendable {
    public let value: Value
    private let onReturn: @Sendable () -> Void

    init(_ value: Value, onReturn: @escaping @Sendable () -> Void) {
        self.value = value
        self.onReturn = onReturn
    }

    deinit { onReturn() }
}

/// A model or voice that is open.
public struct LoadedEngine: Sendable, Equatable {
    /// `model` or `voice`.
    public let kind: String
    public let path: String
    /// Bytes of its files.
    public let bytes: Int
    /// Requests that use it now.
    public let users: Int
}
