/// Turns written words into phonemes.
public protocol Phonemizer: Sendable {
    /// Phonemes of several clauses, at the cost of one call.
    ///
    /// - Parameters:
    ///   - clauses: text without markup, each a piece of one sentence.
    ///   - language: a tag such as `en-us`, `de`, `pt-br`; letter case does not matter.
    /// - Returns: for each clause its phonemes as espeak-ng writes them: IPA, `_` between the phonemes of a word, spaces
    ///   between words, `ˈ` and `ˌ` before a stressed phoneme. Empty where there is nothing to say.
    /// - Throws: ``PhonemeError/Code/languageUnsupported``, ``PhonemeError/Code/espeakMissing`` or
    ///   ``PhonemeError/Code/phonemizerFailed``.
    func phonemes(of clauses: [String], language: String) throws(PhonemeError) -> [String]
}
