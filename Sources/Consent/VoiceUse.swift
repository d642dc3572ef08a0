/// What somebody wants a copied voice for.
public struct VoiceUse: Sendable, Hashable {
    /// The account at the other end, as the kernel says; nil where it cannot say.
    public var user: UInt32?
    public var output: ConsentScope.Output?
    public var language: String
    public var purpose: String
    /// Seconds of speech that are expected.
    public var seconds: Int

    public init(
        user: UInt32?, output: ConsentScope.Output?, language: String, purpose: String, seconds: Int
    ) {
        self.user = user
        self.output = output
        self.language = language
        self.purpose = purpose
        self.seconds = seconds
    }
}

/// What the checks before each use of a voice look at. Each of the closures is asked at most once, and only after all
/// checks before it have passed.
struct VoiceUseFacts {
    /// What is stored of the voice's consent.
    struct Consent {
        var progress: ConsentProgress
        var scope: ConsentScope
        /// The record is what was written.
        var isAuthentic: Bool
        /// Seconds spoken today.
        var secondsToday: Int
        /// Requests within the last hour.
        var requestsThisHour: Int
    }

    /// What came of unsealing the voice.
    enum Unsealed {
        case opened
        /// The key is missing.
        case noKey
        /// What is sealed is not what was sealed for this record.
        case invalid
        /// It belongs to another speaker encoder than the one in use.
        case otherModel
    }

    var consent: Consent?
    /// Seconds since 1970.
    var now: Int
    /// The latest time that was ever seen.
    var lastSeen: Int
    var unseal: () -> Unsealed
    /// Whether the use is in the log for good.
    var isLogged: () -> Bool
    var isMarked: () -> Bool
    /// Whether a file's signed claim can be made; asked only for files.
    var canSign: () -> Bool
}

/// The checks before each use, in their order. All must pass; the first that does not decides what the answer is.
enum VoiceUseCheck: Int, CaseIterable {
    case peer = 1
    case voice, record, state, time, user, scope, quota, unsealed, logged, marked, signed

    /// The account that the kernel names where it cannot tell which one it is.
    static let nobody: UInt32 = 65_534
    /// Seconds by which a clock may be corrected backwards.
    static let clockTolerance = 300

    /// Runs all of them.
    ///
    /// - Throws: the first refusal. For whoever the voice was not granted to it is the same as if there were no voice.
    static func run(_ use: VoiceUse, _ facts: VoiceUseFacts) throws(ConsentError) {
        for check in allCases {
            guard let refusal = check.refusal(use, facts) else { continue }
            throw check.isSecret(use, facts) ? unavailable : refusal
        }
    }

    /// The checks that are repeated for each second of sound.
    static func rerun(_ use: VoiceUse, _ facts: VoiceUseFacts) throws(ConsentError) {
        for check in [VoiceUseCheck.voice, .record, .state, .time] {
            guard let refusal = check.refusal(use, facts) else { continue }
            throw check.isSecret(use, facts) ? unavailable : refusal
        }
    }

    private static let unavailable = ConsentError(.notAvailable, "there is no such voice for you")

    /// Whether the answer must not tell the asker more than that.
    private func isSecret(_ use: VoiceUse, _ facts: VoiceUseFacts) -> Bool {
        guard (Self.voice.rawValue...Self.user.rawValue).contains(rawValue) else { return false }
        guard let user = use.user, let consent = facts.consent else { return true }
        return !consent.scope.users.contains(user)
    }

    private func refusal(_ use: VoiceUse, _ facts: VoiceUseFacts) -> ConsentError? {
        switch self {
        case .peer: use.user == nil || use.user == Self.nobody ? Self.unavailable : nil
        case .voice: facts.consent == nil ? Self.unavailable : nil
        case .record: facts.consent?.isAuthentic == true ? nil : Self.invalidRecord
        case .state: facts.consent.flatMap { Self.refusal($0.progress) }
        case .time: Self.timeRefusal(facts)
        case .user:
            use.user.map { facts.consent?.scope.users.contains($0) == true } == true ? nil : Self.unavailable
        case .scope: facts.consent.flatMap { Self.scopeRefusal(use, $0.scope) }
        case .quota: facts.consent.flatMap { Self.quotaRefusal(use, $0) }
        case .unsealed: Self.refusal(facts.unseal())
        case .logged:
            facts.isLogged()
                ? nil : ConsentError(.auditUnavailable, "the log cannot be written, and nothing is spoken without it")
        case .marked:
            facts.isMarked()
                ? nil : ConsentError(.watermarkUnavailable, "the speech cannot be marked as synthetic")
        case .signed:
            use.output != .file || facts.canSign()
                ? nil : ConsentError(.watermarkUnavailable, "the file cannot be signed as synthetic")
        }
    }

    private static let invalidRecord = ConsentError(
        .recordInvalid, "the stored consent is not what was written; it is not used")

    private static func refusal(_ progress: ConsentProgress) -> ConsentError? {
        switch progress.state {
        case .granted: return nil
        case .expired: return ConsentError(.expired, "the time that was consented to is over; renew the consent")
        case .revoked, .erased: return ConsentError(.revoked, "the consent was taken back")
        case .quarantined: return invalidRecord
        case .verified: return ConsentError(.notConfirmed, "the owner of the account has not confirmed")
        case .lockedOut:
            var error = ConsentError(.lockedOut, "too many attempts have failed")
            error.until = progress.deadline
            return error
        case .requested, .phraseIssued, .recorded, .rejected:
            return ConsentError(.required, "nobody has consented yet; `hearsay voice enroll` begins")
        }
    }

    private static func timeRefusal(_ facts: VoiceUseFacts) -> ConsentError? {
        // A grant without an end does not exist.
        guard let expiry = facts.consent?.progress.deadline, facts.now < expiry else {
            return ConsentError(.expired, "the time that was consented to is over; renew the consent")
        }
        guard facts.now >= facts.lastSeen - clockTolerance else {
            return ConsentError(.clockRollback, "the clock was set back; set it right")
        }
        return nil
    }

    private static func scopeRefusal(_ use: VoiceUse, _ scope: ConsentScope) -> ConsentError? {
        guard let field = scope.violation(output: use.output, language: use.language, purpose: use.purpose) else {
            return nil
        }
        var error = ConsentError(.scopeViolation, "the consent does not cover this \(field)")
        error.field = field
        return error
    }

    private static func quotaRefusal(_ use: VoiceUse, _ consent: VoiceUseFacts.Consent) -> ConsentError? {
        let seconds = consent.secondsToday.addingReportingOverflow(max(0, use.seconds))
        guard !seconds.overflow, seconds.partialValue <= consent.scope.secondsPerDay else {
            return ConsentError(.quotaExceeded, "as much as was consented to for a day has been spoken")
        }
        guard consent.requestsThisHour < consent.scope.requestsPerHour else {
            return ConsentError(.quotaExceeded, "as many requests as were consented to for an hour have been made")
        }
        return nil
    }

    private static func refusal(_ unsealed: VoiceUseFacts.Unsealed) -> ConsentError? {
        switch unsealed {
        case .opened: nil
        case .noKey: ConsentError(.keyUnavailable, "the key that voices are sealed with is missing")
        case .invalid: invalidRecord
        case .otherModel:
            ConsentError(.recordInvalid, "the voice belongs to another speaker encoder; it must be enrolled again")
        }
    }
}
