internal import ModelStore
internal import Phonemes
internal import Recognition
internal import Synthesis
internal import Tensors

/// What is installed, looked up beforehand, so that a client's question is answered at once even while a model loads.
public struct EngineCatalogue: Sendable, Equatable {
    public struct Model: Sendable, Equatable {
        public let name: String
        public let path: String
        /// Bytes of its files.
        public let size: Int
        /// Codes such as `en`; empty where the model cannot be opened.
        public let languages: [String]
        /// Why it cannot be opened.
        public let problem: String?
    }

    public struct Voice: Sendable, Equatable {
        public let name: String
        public let path: String
        /// `neural`, `piper` or `espeak-ng`.
        public let form: String
        public let size: Int
        /// As espeak-ng names it, such as `en-us`; empty where the voice cannot be opened.
        public let language: String
        /// All that it speaks; empty where it cannot be opened.
        public let languages: [String]
        public let speakers: [String]
        /// Hz.
        public let sampleRate: Int
        public let problem: String?

        /// Whether the voice speaks a language, whichever of its regions is asked for.
        func speaks(_ asked: String) -> Bool {
            languages.contains { LanguageTag.areOneLanguage($0, asked) }
        }
    }

    public var models: [Model] = []
    public var voices: [Voice] = []
    /// The name of the model that serves requests which name none.
    public var defaultModel: String?
    public var defaultVoice: String?
    /// Why requests that name none have no model, or no voice.
    public var problems: [String] = []

    init() {}

    /// Opens everything that is installed, and what the configuration names besides, for a moment and one after another.
    init(models: ModelLibrary, voices: VoiceLibrary, defaultModel: InstalledModel?, defaultVoice: InstalledVoice?) {
        self.defaultModel = defaultModel?.name
        self.defaultVoice = defaultVoice?.name
        let installed = models.installed()
        let besides = defaultModel.map { model in installed.contains { $0.name == model.name } ? [] : [model] } ?? []
        self.models = (besides + installed).map(Self.look)
        guard let pool = ThreadPool(threads: 1) else { return }
        let spoken = voices.installed()
        let alone = defaultVoice.map { voice in spoken.contains { $0.name == voice.name } ? [] : [voice] } ?? []
        // espeak-ng's comes last, for the languages that no other voice speaks.
        self.voices = (alone + spoken + [.espeak].filter { !alone.contains($0) }).map { Self.look($0, pool) }
    }

    private static func look(_ installed: InstalledModel) -> Model {
        do {
            let model = try WhisperModel.open(installed.path)
            let languages = model.tokenizer.isMultilingual ? model.tokenizer.special.languages.map(\.code) : ["en"]
            return Model(
                name: installed.name, path: installed.path, size: installed.size, languages: languages, problem: nil)
        } catch {
            return Model(
                name: installed.name, path: installed.path, size: installed.size, languages: [],
                problem: WireFailure(error).text)
        }
    }

    private static func look(_ installed: InstalledVoice, _ pool: ThreadPool) -> Voice {
        do {
            let voice = try EngineHost.open(installed, pool)
            return Voice(
                name: installed.name, path: installed.path, form: installed.form.rawValue, size: installed.size,
                language: voice.language,
                languages: installed == .espeak ? try EspeakSpeaker().languages() : [voice.language],
                speakers: voice.speakers, sampleRate: voice.sampleRate, problem: nil)
        } catch {
            return Voice(
                name: installed.name, path: installed.path, form: installed.form.rawValue, size: installed.size,
                language: "", languages: [], speakers: [], sampleRate: 0, problem: WireFailure(error).text)
        }
    }
}
