/// Text and what its author says about how to speak it, whatever the notation was.
struct MarkedText: Equatable {
    var blocks: [Block] = []
    /// What was ignored.
    var warnings: [SpeechWarning] = []

    /// Text between two boundaries that the author has set.
    struct Block: Equatable {
        var items: [Item] = []
        /// The author says that it is one sentence.
        var isSentence = false
        /// A paragraph ends here.
        var endsParagraph = false
    }

    enum Item: Equatable {
        /// To be normalised.
        case text(String, Prosody)
        /// Already the words that are to be spoken.
        case words(String, Prosody)
        /// Given by the author; `text` is what it stands for.
        case phonemes([Phoneme], text: String, Prosody)
        /// Seconds of silence. None at all takes away the pause that would be there between two sentences.
        case pause(Double)
        case mark(String)
    }
}

/// Something that the author wrote and that was ignored or read as plain text.
public struct SpeechWarning: Sendable, Equatable, CustomStringConvertible {
    public var message: String
    public var position: TextPosition?

    /// More of them for one text help nobody.
    static let most = 100

    public init(message: String, position: TextPosition? = nil) {
        self.message = message
        self.position = position
    }

    public var description: String { position.map { "\($0): \(message)" } ?? message }
}
