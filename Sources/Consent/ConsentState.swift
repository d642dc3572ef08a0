/// Where a consent stands.
public enum ConsentState: String, Sendable, CaseIterable, Hashable {
    /// Somebody wants a voice to be copied.
    case requested
    /// A phrase waits to be read aloud.
    case phraseIssued = "phrase_issued"
    /// It was read; nothing has been checked.
    case recorded
    /// That attempt has failed.
    case rejected
    /// Too many attempts have.
    case lockedOut = "locked_out"
    /// Words and speaker are right; the owner of the account has not confirmed.
    case verified
    /// The voice may be used, within its scope.
    case granted
    /// The time that was consented to is over.
    case expired
    /// Taken back.
    case revoked
    /// Taken back, and the key to the voice is gone.
    case erased
    /// The stored record is not what was written.
    case quarantined
}

/// A step from one state to another; only those of ``all`` exist.
public struct ConsentTransition: Sendable, Hashable {
    public let from: ConsentState
    public let to: ConsentState

    /// Nil where there is no such step.
    public init?(from: ConsentState, to: ConsentState) {
        self.init(listed: from, to)
        guard Self.all.contains(self) else { return nil }
    }

    private init(listed from: ConsentState, _ to: ConsentState) {
        self.from = from
        self.to = to
    }

    /// The 31 steps.
    public static let all: Set<ConsentTransition> = {
        var steps: [(ConsentState, ConsentState)] = [
            (.requested, .phraseIssued),
            (.phraseIssued, .recorded), (.phraseIssued, .rejected),
            (.recorded, .verified), (.recorded, .rejected),
            (.rejected, .phraseIssued), (.rejected, .lockedOut),
            (.lockedOut, .requested),
            (.verified, .granted), (.verified, .rejected),
            (.granted, .expired), (.granted, .revoked),
            (.expired, .requested), (.expired, .revoked),
            (.revoked, .erased),
            (.quarantined, .revoked),
        ]
        // Whoever has not consented yet can withdraw at any time.
        for state in [ConsentState.requested, .phraseIssued, .recorded, .rejected, .lockedOut, .verified] {
            steps.append((state, .revoked))
        }
        // What cannot be trusted any more is not used, whatever it was.
        for state in ConsentState.allCases where state != .erased && state != .quarantined {
            steps.append((state, .quarantined))
        }
        return Set(steps.map { ConsentTransition(listed: $0, $1) })
    }()
}
