/// What went wrong between a text and its phonemes.
///
/// `code` is stable and meant for programs; `message` says what was tried on what and what to do, and is meant for
/// people. New codes are added as static members in an extension.
public struct PhonemeError: Error, Sendable, CustomStringConvertible {
    /// A dotted name: `speech.*`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }
    }

    /// The stable name of the failure.
    public let code: Code
    /// What was tried on what, why it failed, and what to do. It names the position, if there is one.
    public var message: String { position.map { "\($0): \(reason)" } ?? reason }
    /// ``message`` without the position.
    public let reason: String
    /// Where in the text or file it is, if that is known.
    public let position: TextPosition?

    public init(_ code: Code, _ message: String, at position: TextPosition? = nil) {
        self.code = code
        reason = message
        self.position = position
    }

    public var description: String { "\(code): \(message)" }
}

/// A place in a text.
public struct TextPosition: Sendable, Hashable, CustomStringConvertible {
    /// From 1; a line ends with LF, CR or CR LF.
    public var line: Int
    /// From 1, in Unicode scalars.
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public var description: String { "line \(line), column \(column)" }
}

extension PhonemeError.Code {
    /// The markup is not well-formed, or an attribute has a value that means nothing.
    public static let ssmlInvalid = Self(rawValue: "speech.ssml_invalid")
    /// A line of a user lexicon cannot be understood.
    public static let lexiconInvalid = Self(rawValue: "speech.lexicon_invalid")
    /// Phonemes given by the author are of no known alphabet.
    public static let phonemesInvalid = Self(rawValue: "speech.phonemes_invalid")
    /// espeak-ng has no voice for the language.
    public static let languageUnsupported = Self(rawValue: "speech.language_unsupported")
    /// libespeak-ng or its data are not installed.
    public static let espeakMissing = Self(rawValue: "speech.espeak_missing")
    /// The process that computes phonemes cannot be started, or keeps failing.
    public static let phonemizerFailed = Self(rawValue: "speech.phonemizer_failed")
    /// The text is longer than what is taken at once.
    public static let textTooLong = Self(rawValue: "speech.text_too_long")
    /// The text is not in UTF-8.
    public static let textEncodingInvalid = Self(rawValue: "speech.text_encoding_invalid")
    /// The text has no word, number or symbol that could be said.
    public static let nothingToSay = Self(rawValue: "speech.nothing_to_say")
    /// The text cannot be read from where it comes.
    public static let textUnreadable = Self(rawValue: "speech.text_unreadable")
    /// The task was cancelled between two sentences.
    public static let cancelled = Self(rawValue: "speech.cancelled")
}
