import Tensors

/// Phonemes by libespeak-ng in this process.
///
/// espeak-ng ends its process on some texts. ``PhonemizerProcess`` is what a program should use; this is what runs
/// inside it, and in tests. espeak-ng is global to the process, so that all values of this type share one lock.
public struct EspeakPhonemizer: Phonemizer {
    /// - Throws: ``PhonemeError/Code/espeakMissing``.
    public init() throws(PhonemeError) {
        try Self.engine.withLock { (engine: inout EspeakEngine) throws(PhonemeError) in try engine.open() }
    }

    public func phonemes(of clauses: [String], language: String) throws(PhonemeError) -> [String] {
        try Self.engine.withLock { (engine: inout EspeakEngine) throws(PhonemeError) in
            try engine.select(language)
            return clauses.map { Espeak.phonemes(of: EspeakText.clean($0)) }
        }
    }

    /// Tags of the languages that espeak-ng speaks, sorted.
    public var languages: [String] {
        Self.engine.withLock { engine in engine.languages }
    }

    private static let engine = Locked(EspeakEngine())
}

/// The library's state as far as it must be remembered: which voice is selected.
struct EspeakEngine: Sendable {
    private var voices: [EspeakVoice] = []
    private var selected: String?

    /// - Throws: ``PhonemeError/Code/espeakMissing``.
    mutating func open() throws(PhonemeError) {
        try Espeak.open()
    }

    /// Makes `language` the one that is spoken next.
    ///
    /// - Throws: ``PhonemeError/Code/languageUnsupported``.
    mutating func select(_ language: String) throws(PhonemeError) {
        let tag = language.lowercased()
        guard tag != selected else { return }
        guard Espeak.select(try identifier(for: tag)) else {
            selected = nil
            throw Self.unsupported(language)
        }
        selected = tag
    }

    var languages: [String] {
        mutating get {
            loadVoices()
            return Set(voices.filter { !$0.identifier.hasPrefix("mb/") }.flatMap(\.tags).map(\.name)).sorted()
        }
    }

    private mutating func identifier(for tag: String) throws(PhonemeError) -> String {
        loadVoices()
        guard let voice = voices.voice(for: tag) else { throw Self.unsupported(tag) }
        return voice.identifier
    }

    private mutating func loadVoices() {
        if voices.isEmpty { voices = Espeak.voices() }
    }

    private static func unsupported(_ language: String) -> PhonemeError {
        // The tag comes from anybody; what is shown of it is bounded and holds no control characters.
        let shown = EspeakText.clean(String(language.prefix(40)))
        return PhonemeError(
            .languageUnsupported,
            "espeak-ng has no voice for the language '\(shown)'. 'espeak-ng --voices' lists the languages that it has.")
    }
}
