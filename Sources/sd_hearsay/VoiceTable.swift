import StrictJSON
import WireProtocol

/// hearsayd's voices as Speech Dispatcher knows them: each speaker is a voice, `NAME` or `NAME+SPEAKER`.
struct VoiceTable {
    struct Entry: Equatable {
        var name: String
        /// As in `en-US`.
        var language: String
        var voice: WireVoice
    }

    private(set) var entries: [Entry] = []

    init(_ list: VoiceList) {
        // The default one first: Speech Dispatcher takes the first where nothing else is asked for.
        let voices =
            list.voices.filter { $0["default"]?.bool == true } + list.voices.filter { $0["default"]?.bool != true }
        for voice in voices {
            guard let name = voice["name"]?.string, voice["problem"]?.string == nil else { continue }
            let language = Self.tag(voice["language"]?.string ?? "")
            let speakers = voice["speakers"]?.array?.compactMap(\.string) ?? []
            entries.append(Entry(name: name, language: language, voice: WireVoice(name: name)))
            guard speakers.count > 1 else { continue }
            entries += speakers.map {
                Entry(name: "\(name)+\($0)", language: language, voice: WireVoice(name: name, speaker: $0))
            }
        }
    }

    /// The entries that speak a language, given as `en` or `en-US`; all for nil.
    func entries(speaking language: String?) -> [Entry] {
        guard let language, !language.isEmpty, language != "none" else { return entries }
        let wanted = language.lowercased()
        return entries.filter { entry in
            let own = entry.language.lowercased()
            return own == wanted || own.prefix { $0 != "-" } == wanted
        }
    }

    /// What a message is to be spoken with; nil leaves it to hearsayd.
    func voice(for settings: MessageSettings, _ configuration: ModuleConfiguration) -> WireVoice? {
        if let name = settings.voice, let entry = named(name) { return entry.voice }
        let language = settings.language?.lowercased()
        if let type = settings.voiceType {
            let symbolic = configuration.symbolicVoices.first {
                $0.type == type && Self.isSame($0.language, language)
            }
            if let entry = symbolic.flatMap({ named($0.name) }) { return entry.voice }
        }
        if let entry = configuration.defaultVoice.flatMap(named), Self.isSame(entry.language.lowercased(), language) {
            return entry.voice
        }
        return language.map { WireVoice(language: $0) }
    }

    private func named(_ name: String) -> Entry? { entries.first { $0.name == name } }

    /// Whether two tags name one language, whatever the region.
    private static func isSame(_ a: String, _ b: String?) -> Bool {
        guard let b else { return true }
        return a.prefix { $0 != "-" } == b.prefix { $0 != "-" }
    }

    /// `en-us` as `en-US`.
    private static func tag(_ language: String) -> String {
        let parts = language.split(separator: "-").map(String.init)
        guard let first = parts.first else { return "none" }
        return ([first.lowercased()] + parts.dropFirst().map { $0.count == 2 ? $0.uppercased() : $0 })
            .joined(separator: "-")
    }
}
