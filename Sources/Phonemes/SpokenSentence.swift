/// A sentence ready for a voice: its phonemes, and how each of them is to be said.
public struct SpokenSentence: Sendable, Equatable {
    /// What is said, for people: subtitles, logs, progress.
    public var text: String
    /// ``Phoneme/beginning``, each clause's words with ``Phoneme/wordBoundary`` between them and its punctuation
    /// behind, ``Phoneme/end``.
    public var phonemes: [Phoneme]
    /// Where the prosody is not neutral: ranges of `phonemes`, in order, none overlapping.
    public var spans: [ProsodySpan]
    /// Silences within the sentence, in order.
    public var pauses: [Pause]
    /// Seconds of silence to put behind the sentence; 0 behind the last one, unless the author asked for more.
    public var pauseAfter: Double
    /// Whether the author gave ``pauseAfter``, in seconds that hold at any speed.
    public var isPauseGiven: Bool
    /// Named places, in order.
    public var marks: [Mark]

    public init(
        text: String, phonemes: [Phoneme], spans: [ProsodySpan] = [], pauses: [Pause] = [], pauseAfter: Double = 0,
        isPauseGiven: Bool = false, marks: [Mark] = []
    ) {
        self.text = text
        self.phonemes = phonemes
        self.spans = spans
        self.pauses = pauses
        self.pauseAfter = pauseAfter
        self.isPauseGiven = isPauseGiven
        self.marks = marks
    }

    /// How the phonemes of a range are said.
    public struct ProsodySpan: Sendable, Equatable {
        /// Indices of ``SpokenSentence/phonemes``; never empty.
        public var range: Range<Int>
        public var prosody: Prosody

        public init(range: Range<Int>, prosody: Prosody) {
            self.range = range
            self.prosody = prosody
        }
    }

    /// Silence before a phoneme.
    public struct Pause: Sendable, Equatable {
        /// The phoneme that the silence precedes.
        public var phonemeIndex: Int
        public var seconds: Double

        public init(phonemeIndex: Int, seconds: Double) {
            self.phonemeIndex = phonemeIndex
            self.seconds = seconds
        }
    }

    /// A named place, which a program is told of when the speech arrives there.
    public struct Mark: Sendable, Equatable {
        public var name: String
        /// The phoneme that begins there.
        public var phonemeIndex: Int

        public init(name: String, phonemeIndex: Int) {
            self.name = name
            self.phonemeIndex = phonemeIndex
        }
    }
}

/// How speech differs from the way the voice speaks by itself. Values of nested markup are already combined.
public struct Prosody: Sendable, Hashable {
    /// Factor of the speed, 0.25…4; 1 is the voice's own.
    public var rate: Double
    /// Semitones added to the pitch, −12…12.
    public var pitch: Double
    /// Factor of the pitch's movement around its mean, 0…2; 0 is a monotone.
    public var pitchRange: Double
    /// Decibels added, −100…12; −100 is silence.
    public var volume: Double
    public var emphasis: Emphasis

    public init(
        rate: Double = 1, pitch: Double = 0, pitchRange: Double = 1, volume: Double = 0, emphasis: Emphasis = .none
    ) {
        self.rate = rate
        self.pitch = pitch
        self.pitchRange = pitchRange
        self.volume = volume
        self.emphasis = emphasis
    }

    /// As the voice speaks by itself.
    public static let neutral = Prosody()
}

/// How much a word stands out, weakest first. `none` is the word as the voice says it by itself.
public enum Emphasis: Sendable, Hashable {
    case reduced, none, moderate, strong
}
