/// What happens to a consent.
public enum ConsentEvent: Sendable, Hashable {
    /// A phrase with new one-time words is shown.
    case phraseIssued
    /// The phrase was read into the microphone.
    case recorded
    /// The reader gave up.
    case aborted
    /// Words, speaker and sound passed every check.
    case checksPassed
    /// One of the checks failed: the phrase is burnt.
    case checksFailed
    /// The owner of the account has confirmed the scope, up to this time (seconds since 1970).
    case confirmed(expiry: Int)
    /// The owner of the account has said no.
    case declined
    /// A new ceremony for a consent whose time is over.
    case renewed
    /// Taken back: by the account's owner, by the code that was printed at the grant, or by the administrator.
    case revoked
    /// The key to the voice is gone, from the journal too.
    case erased
    /// The stored record did not stand up to its check.
    case foundInvalid
    /// Nothing but time has passed.
    case timePassed
}

/// A consent's state with what the next step depends on: a value, and the one function that moves it.
public struct ConsentProgress: Sendable, Hashable {
    public private(set) var state = ConsentState.requested
    /// Phrases issued since the first, or since the last lock-out ended.
    public private(set) var attempts = 0
    /// Until when the present state lasts by itself, in seconds since 1970; nil for as long as nothing happens.
    public private(set) var deadline: Int?

    /// Seconds for reading the phrase.
    public static let phraseSeconds = 120
    public static let mostAttempts = 3
    public static let lockOutSeconds = 24 * 3_600
    /// Seconds for the owner of the account to confirm.
    public static let confirmationSeconds = 600
    /// Seconds after which an expired consent is taken back for good.
    public static let keptAfterExpiry = 30 * 24 * 3_600
    /// Longest grant: 24 months.
    public static let longestGrant = 731 * 24 * 3_600

    public init() {}

    /// What was stored. Whether it is authentic is the store's business.
    init(state: ConsentState, attempts: Int, deadline: Int?) {
        self.state = state
        self.attempts = attempts
        self.deadline = deadline
    }

    /// The progress after an event.
    ///
    /// What time alone has changed until `now` happens first; the steps are those of ``ConsentTransition/all``.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - onStep: hears of each step, for the log.
    /// - Throws: ``ConsentError/Code/transitionForbidden``, and where that says more ``ConsentError/Code/lockedOut``,
    ///   ``ConsentError/Code/phraseExpired``, ``ConsentError/Code/notConfirmed``, ``ConsentError/Code/revoked`` or
    ///   ``ConsentError/Code/expired``. What time has changed stays changed.
    public mutating func apply(
        _ event: ConsentEvent, now: Int, onStep: (ConsentTransition) -> Void = { _ in }
    ) throws(ConsentError) {
        let before = state
        try settle(now, onStep)
        guard event != .timePassed else { return }
        guard let target = target(of: event), let step = ConsentTransition(from: state, to: target) else {
            throw refusal(of: event, startedIn: before)
        }
        if case .confirmed(let expiry) = event {
            guard expiry > now, expiry - now <= Self.longestGrant else {
                var error = ConsentError(
                    .scopeViolation, "a consent lasts from now until at most two years from now")
                error.field = "expiry"
                throw error
            }
        }
        take(step, now: now, onStep)
        if case .confirmed(let expiry) = event { deadline = expiry }
        // The third failure locks out at once.
        try settle(now, onStep)
    }

    /// Steps that time takes by itself.
    private mutating func settle(_ now: Int, _ onStep: (ConsentTransition) -> Void) throws(ConsentError) {
        while true {
            let isOver = deadline.map { now >= $0 } ?? false
            let target: ConsentState? =
                switch state {
                case .phraseIssued where isOver: .rejected
                case .rejected where attempts >= Self.mostAttempts: .lockedOut
                case .lockedOut where isOver: .requested
                case .verified where isOver: .rejected
                case .granted where isOver: .expired
                case .expired where isOver: .revoked
                default: nil
                }
            guard let target, let step = ConsentTransition(from: state, to: target) else { return }
            // What follows counts from when it was due, not from when somebody looked.
            take(step, now: isOver ? min(now, deadline ?? now) : now, onStep)
        }
    }

    private func target(of event: ConsentEvent) -> ConsentState? {
        switch event {
        // The number of attempts is checked by then: a third failure has led on to the lock-out.
        case .phraseIssued: .phraseIssued
        case .recorded: .recorded
        case .aborted: state == .phraseIssued ? .rejected : nil
        case .checksPassed: .verified
        case .checksFailed: state == .recorded ? .rejected : nil
        case .confirmed: .granted
        case .declined: state == .verified ? .rejected : nil
        // A lock-out ends by time alone.
        case .renewed: state == .expired ? .requested : nil
        case .revoked: .revoked
        case .erased: .erased
        case .foundInvalid: .quarantined
        case .timePassed: nil
        }
    }

    private mutating func take(_ step: ConsentTransition, now: Int, _ onStep: (ConsentTransition) -> Void) {
        state = step.to
        deadline =
            switch step.to {
            case .phraseIssued: now + Self.phraseSeconds
            case .lockedOut: now + Self.lockOutSeconds
            case .verified: now + Self.confirmationSeconds
            case .expired: now + Self.keptAfterExpiry
            default: nil
            }
        switch step.to {
        case .phraseIssued: attempts += 1
        case .requested, .granted: attempts = 0
        default: break
        }
        onStep(step)
    }

    private func refusal(of event: ConsentEvent, startedIn before: ConsentState) -> ConsentError {
        switch state {
        case .lockedOut:
            var error = ConsentError(
                .lockedOut, "\(Self.mostAttempts) attempts have failed; the next is possible after a day")
            error.until = deadline
            return error
        case .rejected where before == .phraseIssued:
            return ConsentError(
                .phraseExpired, "the phrase was not read within \(Self.phraseSeconds) seconds; ask for a new one")
        case .rejected where before == .verified:
            return ConsentError(
                .notConfirmed,
                "nobody confirmed within \(Self.confirmationSeconds / 60) minutes; ask for a new phrase")
        case .revoked, .erased: return ConsentError(.revoked, "the consent was taken back")
        case .expired where before == .granted:
            return ConsentError(.expired, "the time that was consented to is over; renew the consent")
        default:
            return ConsentError(
                .transitionForbidden, "a consent that is \(state.rawValue) cannot become what was asked for")
        }
    }
}
