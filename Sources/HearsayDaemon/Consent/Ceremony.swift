internal import Consent
internal import Tensors

/// A ceremony in progress: what is known of it only while the daemon runs.
struct Ceremony: Sendable {
    /// What a phrase that passed every check leaves for the grant.
    struct Verified: Sendable {
        let voice: HeldVoice
        let evidence: ConsentEvidence
    }

    /// End of the consent that is asked for, in seconds since 1970.
    var expiry: Int
    var phrase: IssuedPhrase?
    /// Recordings for the voice: mono, 16 kHz.
    var references: [[Float]] = []
    var verified: Verified?
    /// When somebody last had to do with it, in seconds since 1970.
    var touched: Int

    static let mostReferences = 5
    /// Seconds of one recording for the voice.
    static let referenceSeconds = 2.0...60.0
    /// Seconds after which a ceremony is forgotten: longer than anything that it waits for.
    private static let patience = 1_800

    func isForgotten(at now: Int) -> Bool { now - touched > Self.patience || now < touched - Self.patience }
}

/// The ceremonies in progress, by consent.
final class Ceremonies: Sendable {
    private let all = Locked<[String: Ceremony]>([:])
    /// Ceremonies at a time; each may hold minutes of sound.
    private static let most = 16

    subscript(id: String) -> Ceremony? { all.withLock { $0[id] } }

    /// - Throws: ``DaemonError/Code/busy``.
    func begin(_ id: String, _ ceremony: Ceremony, now: Int) throws(DaemonError) {
        try all.withLock { (all: inout [String: Ceremony]) throws(DaemonError) in
            all = all.filter { !$0.value.isForgotten(at: now) }
            guard all.count < Self.most || all[id] != nil else {
                throw DaemonError(.busy, "\(Self.most) consents are being given already; try again later")
            }
            all[id] = ceremony
        }
    }

    /// Changes a ceremony, if it is there.
    func update<Result, Failure: Error>(
        _ id: String, _ change: (inout Ceremony) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        try all.withLock { (all: inout [String: Ceremony]) throws(Failure) -> Result? in
            guard var ceremony = all[id] else { return nil }
            defer { all[id] = ceremony }
            return try change(&ceremony)
        }
    }

    /// Lets go of what nobody has come back to.
    func forget(now: Int) { all.withLock { all in all = all.filter { !$0.value.isForgotten(at: now) } } }

    func end(_ id: String) { all.withLock { $0[id] = nil } }
}
