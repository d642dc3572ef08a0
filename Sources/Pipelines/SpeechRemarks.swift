internal import Phonemes
internal import Recognition

/// What people are told when they will hear something else than they may expect.
public enum SpeechRemarks {
    /// `German (de)`; the tag alone where it has no name here.
    public static func name(ofLanguage tag: String) -> String {
        let code = tag.lowercased().prefix { $0 != "-" && $0 != "_" }
        guard let language = Language(code: String(code)) else { return tag }
        return "\(language.name.prefix(1).uppercased())\(language.name.dropFirst()) (\(tag))"
    }

    /// A voice speaks a language that it was not made for.
    public static func foreignVoice(_ voice: String, of languages: [String], speaking tag: String) -> String {
        let own = languages.map(name(ofLanguage:)).joined(separator: ", ")
        return "\(voice) was made for \(own): \(name(ofLanguage: tag)) will sound foreign"
    }

    /// Most of `text` is in letters that `language` is not written with; nil where it is not.
    public static func foreignLetters(in text: String, spokenAs language: String) -> String? {
        WritingSystem.foreign(in: text, to: language).map { letters in
            "the text is in \(letters.name) letters and is read as \(name(ofLanguage: language)): name its language"
        }
    }
}
