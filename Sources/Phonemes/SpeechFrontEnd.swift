/// Text in, sentences of phonemes out: all that happens before a voice speaks.
///
/// ```swift
/// let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: PhonemizerProcess())
/// var sentences = frontEnd.sentences(of: "Dr. Smith paid $3.50. He left.")
/// while let sentence = try sentences.next() { … }
/// ```
public struct SpeechFrontEnd: Sendable {
    /// What a program may want otherwise.
    public struct Options: Sendable {
        /// Whether `[[h@l'oU]]` in plain text is phonemes. Switch it off for text whose author is not the one who asked for
        /// the speech.
        public var allowsInlinePhonemes = true
        /// The pitch in Hz that a voice is taken to have where SSML gives one in Hz.
        public var referencePitch = 165.0
        /// Seconds between two sentences.
        public var sentencePause = 0.3
        /// Seconds between two paragraphs.
        public var paragraphPause = 0.7

        public init() {}
    }

    /// Most bytes of a text in SSML, which is read whole.
    public static let longestMarkup = MarkupReader.longest

    public let language: String
    public let options: Options

    private let builder: SentenceBuilder
    private let notation: PhonemeNotation

    /// - Parameters:
    ///   - language: a tag as espeak-ng writes it, e.g. `en-us`.
    ///   - lexicon: pronunciations that come before all others.
    public init(
        language: String, phonemizer: any Phonemizer, lexicon: Lexicon = Lexicon(), options: Options = Options()
    ) {
        self.language = language
        self.options = options
        notation = PhonemeNotation(language: language)
        builder = SentenceBuilder(
            language: language, normalizer: TextNormalizer(language: language),
            splitter: SentenceSplitter(language: language), lexicon: lexicon, phonemizer: phonemizer)
    }

    /// The sentences of plain text. Empty lines end paragraphs.
    public func sentences(of text: String) -> SpokenSentences {
        var marked = MarkedText()
        for paragraph in PlainText.paragraphs(of: text) {
            let items =
                options.allowsInlinePhonemes
                ? InlinePhonemes.items(of: paragraph, notation, warnings: &marked.warnings)
                : [.text(String(paragraph), .neutral)]
            marked.blocks.append(MarkedText.Block(items: items, endsParagraph: true))
        }
        return SpokenSentences(marked, builder, options)
    }

    /// The sentences of text in SSML.
    ///
    /// - Parameter isLenient: ignores values that mean nothing, and reads what is no XML as plain text without its tags.
    ///   ``SpokenSentences/warnings`` tells of both.
    /// - Throws: ``PhonemeError/Code/ssmlInvalid`` or ``PhonemeError/Code/phonemesInvalid``, both with a position;
    ///   ``PhonemeError/Code/textTooLong``.
    public func sentences(ofSSML text: String, isLenient: Bool = false) throws(PhonemeError) -> SpokenSentences {
        do {
            var parser = try SSMLParser(
                text, normalizer: builder.normalizer, notation: notation, referencePitch: options.referencePitch,
                isLenient: isLenient)
            return SpokenSentences(try parser.parse(), builder, options)
        } catch {
            guard isLenient, error.code != .textTooLong else { throw error }
            let items: [MarkedText.Item] = [.text(PlainText.withoutTags(text), .neutral)]
            let warning = SpeechWarning(
                message: "read as plain text, because it is no SSML: \(error.reason)", position: error.position)
            return SpokenSentences(
                MarkedText(blocks: [MarkedText.Block(items: items)], warnings: [warning]), builder, options)
        }
    }

    /// For text that arrives in pieces.
    public func stream() -> SpeechStream {
        SpeechStream(self, SentenceStream(splitter: builder.splitter))
    }
}

/// Plain text that arrives in pieces, spoken as soon as a sentence is complete.
public struct SpeechStream: Sendable {
    private let frontEnd: SpeechFrontEnd
    private var sentences: SentenceStream
    private var warnings: [SpeechWarning] = []

    init(_ frontEnd: SpeechFrontEnd, _ sentences: SentenceStream) {
        self.frontEnd = frontEnd
        self.sentences = sentences
    }

    /// Adds text and returns the sentences that are complete now.
    public mutating func append(_ text: String) throws(PhonemeError) -> [SpokenSentence] {
        try spoken(sentences.appendParts(text))
    }

    /// Returns what is left; the stream may be used again.
    public mutating func finish() throws(PhonemeError) -> [SpokenSentence] {
        try spoken(sentences.finishParts())
    }

    /// What was ignored in the sentences that were returned since this was last asked.
    public mutating func takeWarnings() -> [SpeechWarning] {
        defer { warnings = [] }
        return warnings
    }

    private mutating func spoken(_ parts: [SentenceStream.Part]) throws(PhonemeError) -> [SpokenSentence] {
        var result: [SpokenSentence] = []
        let options = frontEnd.options
        for part in parts {
            var sentences = frontEnd.sentences(of: part.text)
            warnings += sentences.warnings.prefix(SpeechWarning.most - warnings.count)
            let first = result.count
            while var sentence = try sentences.next() {
                sentence.pauseAfter = max(sentence.pauseAfter, options.sentencePause)
                result.append(sentence)
            }
            // Whether another one follows is not known yet.
            if part.endsParagraph, result.count > first {
                result[result.count - 1].pauseAfter = max(options.paragraphPause, options.sentencePause)
            }
        }
        return result
    }
}
