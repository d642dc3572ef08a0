/// One of espeak-ng's voices: a language or a dialect.
struct EspeakVoice: Sendable, Equatable {
    /// Path below espeak-ng's folder of voices, e.g. `gmw/en-US`.
    var identifier: String
    var tags: [Tag]

    struct Tag: Sendable, Equatable {
        /// Lower is better.
        var priority: Int
        /// In lower case, e.g. `en-us`.
        var name: String
    }
}

extension [EspeakVoice] {
    /// The voice for a language tag: of that tag, or else of its beginning (`de` for `de-at`), or else the best of the
    /// dialects (`en-gb` for `en`, should there be no voice of that name).
    ///
    /// The tag is only compared, never used as a path.
    func voice(for language: String) -> EspeakVoice? {
        var tag = language.lowercased().replacing("_", with: "-")
        while !tag.isEmpty {
            if let voice = best(where: { $0 == tag }) { return voice }
            if let voice = best(where: { $0.hasPrefix(tag + "-") }) { return voice }
            tag = tag.lastIndex(of: "-").map { String(tag[..<$0]) } ?? ""
        }
        return nil
    }

    private func best(where matches: (String) -> Bool) -> EspeakVoice? {
        var best: (priority: Int, voice: EspeakVoice)?
        for voice in self where !voice.identifier.hasPrefix("mb/") {
            for tag in voice.tags where matches(tag.name) && tag.priority < best?.priority ?? .max {
                best = (tag.priority, voice)
            }
        }
        return best?.voice
    }
}
