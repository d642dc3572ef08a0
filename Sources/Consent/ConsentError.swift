/// Why a voice cannot be copied or used. The names are stable: tests and clients rely on them.
public struct ConsentError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name for a kind of refusal.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// There is no such voice for whoever asks. Others than those whom a voice was granted to hear nothing else, so
        /// that nobody can find out whose voices there are.
        public static let notAvailable = Code(rawValue: "voice.not_available")
        /// Nobody has consented yet.
        public static let required = Code(rawValue: "consent.required")
        /// The phrase was not read in time.
        public static let phraseExpired = Code(rawValue: "consent.phrase_expired")
        /// What was said is not the phrase.
        public static let phraseMismatch = Code(rawValue: "consent.phrase_mismatch")
        /// The phrase was used before, or was made for somebody else.
        public static let phraseUsed = Code(rawValue: "consent.phrase_used")
        /// The recording was not made by the daemon from a microphone.
        public static let notLive = Code(rawValue: "consent.not_live")
        public static let speechTooShort = Code(rawValue: "consent.speech_too_short")
        public static let tooNoisy = Code(rawValue: "consent.too_noisy")
        /// The reference recordings are of somebody else.
        public static let speakerMismatch = Code(rawValue: "consent.speaker_mismatch")
        /// Not all of a recording is one person.
        public static let inconsistentSpeaker = Code(rawValue: "consent.inconsistent_speaker")
        /// The recording bears the mark of synthetic speech.
        public static let syntheticAudio = Code(rawValue: "consent.synthetic_audio")
        /// Too many attempts.
        public static let lockedOut = Code(rawValue: "consent.locked_out")
        /// The owner of the account did not confirm.
        public static let notConfirmed = Code(rawValue: "consent.not_confirmed")
        public static let expired = Code(rawValue: "consent.expired")
        public static let revoked = Code(rawValue: "consent.revoked")
        /// What is asked for is not what was consented to; ``ConsentError/field`` names it.
        public static let scopeViolation = Code(rawValue: "consent.scope_violation")
        /// As much as was consented to for a day, or an hour, has been spoken.
        public static let quotaExceeded = Code(rawValue: "consent.quota_exceeded")
        /// The stored record is not what was written.
        public static let recordInvalid = Code(rawValue: "consent.record_invalid")
        /// The clock was set back.
        public static let clockRollback = Code(rawValue: "consent.clock_rollback")
        /// No recogniser is installed that can check what was read.
        public static let noRecognizer = Code(rawValue: "consent.no_recognizer")
        /// No speaker encoder is installed that can check who read it.
        public static let noEncoder = Code(rawValue: "consent.no_encoder")
        /// No voice model is installed that can speak as somebody else.
        public static let noVoiceModel = Code(rawValue: "voice.no_clone_model")
        /// A voice of this account has that name already.
        public static let nameTaken = Code(rawValue: "voice.name_taken")
        /// The key that voices are sealed with is missing, or others can read it.
        public static let keyUnavailable = Code(rawValue: "consent.key_unavailable")
        /// This step does not follow from the state that the consent is in.
        public static let transitionForbidden = Code(rawValue: "consent.transition_forbidden")
        /// The log cannot be written; without it there is no sound.
        public static let auditUnavailable = Code(rawValue: "audit.unavailable")
        /// The log is not what was written; ``ConsentError/row`` is the first row that is wrong.
        public static let chainBroken = Code(rawValue: "audit.chain_broken")
        /// The sound could not be marked as synthetic.
        public static let watermarkUnavailable = Code(rawValue: "watermark.unavailable")
        /// The store cannot be read or written.
        public static let storageFailed = Code(rawValue: "storage.failed")
        /// The store was written by a newer version.
        public static let newerVersion = Code(rawValue: "storage.newer_version")
        /// Another process works with the store.
        public static let locked = Code(rawValue: "storage.locked")
    }

    public let code: Code
    /// What was tried on what, and what to do about it.
    public let message: String
    /// Of ``Code/scopeViolation``: the part of the scope.
    public var field: String?
    /// Of ``Code/lockedOut``: when the next attempt is possible, in seconds since 1970.
    public var until: Int?
    /// Of ``Code/phraseMismatch``: the one-time words that were not heard.
    public var words: [String] = []
    /// Of ``Code/chainBroken``: the number of the first row that is wrong.
    public var row: Int?

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(message) [\(code.rawValue)]" }
}
