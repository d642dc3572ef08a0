internal import Glibc

/// What was found of marks in a recording.
public struct WatermarkEvidence: Sendable, Equatable {
    /// The probability at which a mark counts as found.
    public static let threshold = 1e-6

    /// A passage of the recording that was searched by itself.
    public struct Passage: Sendable, Equatable {
        /// In seconds.
        public var start: Double
        public var end: Double
        /// log₁₀ of the probability that an unmarked recording looks as much like marked in this passage.
        public var logChance: Double
        /// How fast the passage is played against how it was spoken, and how high.
        public var tempo: Double
        public var pitch: Double
    }

    /// The mark of a key of one's own.
    public struct OwnMark: Sendable, Equatable {
        /// Which of the detector's keys.
        public var key: Int
        /// log₁₀ of the probability that a recording without this mark looks as much like it.
        public var logChance: Double
        public var payload: Watermark.Payload

        public var isFound: Bool { logChance <= log10(WatermarkEvidence.threshold) }
    }

    /// Made-up keys that were looked for as well, whose marks are not there.
    public struct Decoys: Sendable, Equatable {
        public var keys: Int
        /// How many would have counted as found.
        public var found: Int
        /// The least of their probabilities, as log₁₀.
        public var logChance: Double
    }

    /// log₁₀ of ``falseAlarmProbability``.
    public var logChance: Double
    /// The best of the marks of the detector's own keys, found or not; nil without such keys or without a mark at all.
    public var own: OwnMark?
    public var passages: [Passage]
    public var decoys: Decoys?
    /// Seconds of sound that were searched.
    public var seconds: Double

    /// An upper bound on the probability that a recording that nobody marked looks as much like marked as this one, all
    /// places and speeds considered.
    public var falseAlarmProbability: Double { pow(10, logChance) }

    /// Whether the recording is, or contains, speech that hearsay made.
    public var isFound: Bool { logChance <= log10(Self.threshold) }
}
