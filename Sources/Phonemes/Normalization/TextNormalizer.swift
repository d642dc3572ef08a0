/// Writes out what is not a word: numbers, dates, times, money, units, abbreviations and symbols become the words that
/// a reader would say, because a phonemizer reads them badly or not at all.
///
/// The rules are English; text in any other language only has its Unicode cleaned up and is left to the phonemizer's
/// own rules. Time and memory grow linearly with the text, whatever it holds. Letters that are to be said one by one
/// have full stops between them (`F.A.Q`), which is how espeak-ng knows them; the sentence's own punctuation stays.
///
/// ```swift
/// TextNormalizer(language: "en-us").normalize("Dr. Smith paid $3.50.")
/// // "Doctor Smith paid three dollars and fifty cents."
/// ```
public struct TextNormalizer: Sendable {
    let isEnglish: Bool
    let conventions: EnglishConventions

    /// Rules for `language`, a tag as espeak-ng writes it (`en-us`, `en-gb`, `de`, `pt-br`). In British English days
    /// come before months, and "and" is said within numbers.
    public init(language: String) {
        let tag = language.lowercased()
        isEnglish = tag == "en" || tag.hasPrefix("en-") || tag.hasPrefix("en_")
        conventions = EnglishConventions(language: tag)
    }

    /// The words of `text`, with its punctuation.
    public func normalize(_ text: String) -> String {
        let scalars = UnicodeCleanup.clean(text, english: isEnglish)
        guard isEnglish else { return String(scalars: scalars) }
        return EnglishReader(scalars, conventions: conventions).read()
    }
}
