internal import Crypto
internal import GRDB
public import SpeakerIdentity
internal import Tensors

/// The consents of this machine, with the voices that they are about: sealed, logged, and gone when they are taken back.
///
/// Whatever happens is in the log before it happens. One process has the store at a time. Methods block their thread for a
/// flush of the disk, and may be called from any.
public final class ConsentStore: Sendable {
    let database: ConsentDatabase
    let keys: Locked<ConsentKeys>
    let log: AuditLog
    private let clock: @Sendable () -> Int
    let recordKey: SymmetricKey
    /// Held from a look at a consent to what follows of it.
    let turn = Locked(())
    private let lock: FolderLock

    /// Opens the store, making it if there is none, and finishes erasures that were interrupted.
    ///
    /// - Parameter clock: seconds since 1970.
    /// - Throws: ``ConsentError``.
    public init(
        folder: String, keys: ConsentKeys, log: AuditLog, clock: @escaping @Sendable () -> Int = SystemClock.now
    ) throws(ConsentError) {
        lock = try FolderLock("\(folder)/consent.lock")
        database = try ConsentDatabase(folder: folder)
        recordKey = keys.recordKey
        self.keys = Locked(keys)
        self.log = log
        self.clock = clock
        try finishErasures()
        try passTime()
    }

    // MARK: Ceremony

    /// Begins a consent.
    ///
    /// - Returns: its identifier.
    public func request(
        voice: String, subject: String, owner: UInt32, scope: ConsentScope, by actor: AuditEvent.Actor
    ) throws(ConsentError) -> String {
        let now = clock()
        let id = Self.randomIdentifier()
        var row = ConsentRow(
            ConsentRecord(id: id, voice: voice, subject: subject, owner: owner, scope: scope, requested: now))
        row.record.epoch = keys.withLock { $0.epoch.number }
        try log.append(AuditEvent(.request, actor: actor, consent: id), now: now)
        try database.write("store a consent") { [recordKey, row] in try ConsentDatabase.save(row, $0, recordKey) }
        return id
    }

    /// Moves a consent on. Confirming has a function of its own, because a voice comes with it.
    ///
    /// - Throws: what ``ConsentProgress/apply(_:now:onStep:)`` throws, and ``ConsentError/Code/recordInvalid`` for a
    ///   record that is not what was written, which is set aside.
    @discardableResult
    public func apply(
        _ event: ConsentEvent, to id: String, by actor: AuditEvent.Actor
    ) throws(ConsentError) -> ConsentRecord {
        if case .confirmed = event {
            throw ConsentError(.transitionForbidden, "a consent is confirmed together with the voice that it is about")
        }
        guard event != .erased else { throw ConsentError(.transitionForbidden, "erasure follows revocation by itself") }
        return try update(id, by: actor, event) { _, _ in }
    }

    /// Grants a voice: the owner of the account has confirmed.
    ///
    /// - Parameters:
    ///   - evidence: the recording of the phrase.
    ///   - expiry: seconds since 1970.
    /// - Returns: the revocation code, which is kept nowhere: whoever has it can take the consent back from any account.
    public func grant(
        _ id: String, voice: borrowing SpeakerEmbedding, evidence: ConsentEvidence? = nil, expiry: Int,
        by actor: AuditEvent.Actor
    ) throws(ConsentError) -> String {
        let code = RevocationCode.random()
        let codeDigest = RevocationCode.digest(code, keys.withLock { $0.codeKey })
        let voiceKey = SymmetricKey(size: .bits256)
        let model = voice.model
        // Sealed for what never changes of the record; what may change is what the key is wrapped for.
        let current = try record(id)
        let sealed: [UInt8]
        do {
            sealed = try voice.sealed(with: voiceKey, for: current.sealedFor)
        } catch {
            throw ConsentError(.keyUnavailable, "the voice cannot be sealed: \(error.message)")
        }
        let now = clock()
        let wrap: (inout ConsentRow, ConsentKeys) throws -> Void = { row, keys in
            row.record.granted = now
            row.record.model = model
            row.record.codeDigest = codeDigest
            row.blobs.sealedVoice = sealed
            try row.wrap(voiceKey, keys.wrappingKey(keys.epoch), epoch: keys.epoch.number)
        }
        try update(id, by: actor, .confirmed(expiry: expiry), wrap) { database, keys in
            guard let evidence else { return }
            try log.append(AuditEvent(.evidence, actor: actor, consent: id, detail: evidence.digest), now: now)
            try evidence.save(for: id, granted: now, keys, database)
        }
        return code
    }

    // MARK: Reading

    /// - Throws: ``ConsentError/Code/notAvailable``, ``ConsentError/Code/recordInvalid``.
    public func record(_ id: String) throws(ConsentError) -> ConsentRecord {
        guard let row = try row(id) else { throw Self.unknown }
        guard row.isAuthentic else { throw Self.invalid }
        return row.record
    }

    /// The consents that an account asked for.
    public func records(of owner: UInt32) throws(ConsentError) -> [ConsentRecord] {
        try database.read("read the consents") { [recordKey] in
            try ConsentDatabase.rows($0, recordKey).filter { $0.isAuthentic && $0.record.owner == owner }.map(\.record)
        }
    }

    /// A consent as it is stored, whether or not it is what was written: for taking it back.
    public func storedRecord(_ id: String) throws(ConsentError) -> ConsentRecord? { try row(id)?.record }

    /// All consents that are what was written, for whoever looks after the machine.
    public func records() throws(ConsentError) -> [ConsentRecord] {
        try database.read("read the consents") { [recordKey] in
            try ConsentDatabase.rows($0, recordKey).filter(\.isAuthentic).map(\.record)
        }
    }

    /// The voice that an account means by a name: one that it asked for, or may use, and that is not erased. Of several,
    /// the one that may be used now.
    public func record(voice name: String, for user: UInt32) throws(ConsentError) -> ConsentRecord? {
        let named = try database.read("read the consents") { [recordKey] in
            try ConsentDatabase.rows($0, recordKey).map(\.record).filter {
                $0.voice == name && $0.state != .erased && ($0.owner == user || $0.scope.users.contains(user))
            }
        }
        return named.max { a, b in
            a.state == b.state ? a.requested < b.requested : a.state != .granted && b.state == .granted
        }
    }

    /// The consents whose voices an account may use.
    public func records(usableBy user: UInt32) throws(ConsentError) -> [ConsentRecord] {
        try database.read("read the consents") { [recordKey] in
            try ConsentDatabase.rows($0, recordKey).filter {
                $0.isAuthentic && $0.record.state == .granted && $0.record.scope.users.contains(user)
            }.map(\.record)
        }
    }

    /// Counts a phrase that an account asks for.
    ///
    /// - Throws: ``ConsentError/Code/lockedOut``.
    public func takePhrase(for user: UInt32) throws(ConsentError) {
        let now = try latest(clock())
        try turn.withLock { (_: inout Void) throws(ConsentError) in
            try database.write("count a phrase") { [recordKey] database in
                func name(_ index: Int) -> String { "phrase.\(user).\(index)" }
                var times: [Int] = []
                for index in 0..<PhraseAllowance.mostPerDay {
                    if let time = try ConsentDatabase.setting(name(index), database, recordKey) { times.append(time) }
                }
                var allowance = PhraseAllowance(times: times)
                try allowance.take(now: now)
                for index in 0..<PhraseAllowance.mostPerDay {
                    // A time of long ago counts for nothing.
                    let time = index < allowance.times.count ? allowance.times[index] : 0
                    try ConsentDatabase.set(name(index), time, database, recordKey)
                }
            }
        }
    }

    func row(_ id: String) throws(ConsentError) -> ConsentRow? {
        try database.read("read a consent") { [recordKey] in try ConsentDatabase.row(id, $0, recordKey) }
    }

    // MARK: Steps

    /// What everybody hears of voices that are not theirs.
    public static let unknown = ConsentError(.notAvailable, "there is no such voice for you")

    static let invalid = ConsentError(
        .recordInvalid, "the stored consent is not what was written; it is not used any more")

    /// One step of one consent: logged, then stored.
    @discardableResult
    func update(
        _ id: String, by actor: AuditEvent.Actor, _ event: ConsentEvent,
        _ change: (inout ConsentRow, ConsentKeys) throws -> Void,
        together: (Database, ConsentKeys) throws -> Void = { _, _ in }
    ) throws(ConsentError) -> ConsentRecord {
        try turn.withLock { (_: inout Void) throws(ConsentError) in try step(id, by: actor, event, change, together) }
    }

    /// - Parameter together: what is stored in the same transaction as the step, if it is taken.
    private func step(
        _ id: String, by actor: AuditEvent.Actor, _ event: ConsentEvent,
        _ change: (inout ConsentRow, ConsentKeys) throws -> Void, _ together: (Database, ConsentKeys) throws -> Void
    ) throws(ConsentError) -> ConsentRecord {
        let now = try time(of: event)
        let keys = keys.withLock { $0 }
        guard var row = try row(id) else { throw Self.unknown }
        // What is not authentic can be set aside and taken back, and nothing else.
        var refusal: ConsentError?
        var steps: [ConsentTransition] = []
        if !row.isAuthentic {
            try row.record.progress.apply(.foundInvalid, ifPossible: now) { steps.append($0) }
            refusal = event == .revoked ? nil : Self.invalid
        }
        if refusal == nil {
            do {
                try row.record.progress.apply(event, now: now) { steps.append($0) }
            } catch {
                refusal = error
            }
        }
        try write(steps, of: id, by: actor, now: now, isNeeded: event != .revoked)
        let granted = refusal == nil && steps.last?.to == .granted
        let changed = try rewrapped(row, keys, isNew: granted, change)
        if !steps.isEmpty {
            try database.write("store a consent") { [recordKey] database in
                try ConsentDatabase.save(changed, database, recordKey)
                if refusal == nil { try together(database, keys) }
            }
        }
        if let refusal { throw refusal }
        if changed.record.state == .revoked { try finishErasures() }
        return try record(id)
    }

    /// When an event counts as happening. Nothing but taking back is possible with a clock that was set back.
    private func time(of event: ConsentEvent) throws(ConsentError) -> Int {
        guard event == .revoked else { return try latest(clock()) }
        return max(clock(), (try? lastSeen()) ?? 0)
    }

    /// - Parameter isNeeded: whether a log that cannot be written prevents the steps. It does not prevent taking back.
    private func write(
        _ steps: [ConsentTransition], of id: String, by actor: AuditEvent.Actor, now: Int, isNeeded: Bool
    ) throws(ConsentError) {
        for step in steps {
            let detail = "\(step.from.rawValue)->\(step.to.rawValue)"
            do {
                try log.append(AuditEvent(.transition, actor: actor, consent: id, detail: detail), now: now)
            } catch {
                if isNeeded { throw error }
            }
        }
    }

    /// The row with its key wrapped for what the record is now; without it where the voice may not be used again.
    private func rewrapped(
        _ row: ConsentRow, _ keys: ConsentKeys, isNew: Bool, _ change: (inout ConsentRow, ConsentKeys) throws -> Void
    ) throws(ConsentError) -> ConsentRow {
        var changed = row
        do {
            if isNew {
                changed.record.epoch = keys.epoch.number
                try change(&changed, keys)
            } else if changed.record.state != .granted {
                // A voice that is not granted needs no key: a renewal brings a new one.
                changed.blobs = ConsentRow.Blobs()
                changed.record.epoch = keys.epoch.number
            }
        } catch let error as ConsentError {
            throw error
        } catch {
            throw ConsentError(.keyUnavailable, "the voice's key cannot be wrapped: \(error)")
        }
        return changed
    }

    /// What time alone changes, for all consents.
    public func passTime() throws(ConsentError) {
        let ids = try database.read("read the consents") { [recordKey] in
            try ConsentDatabase.rows($0, recordKey).filter { $0.record.progress.deadline != nil }.map(\.record.id)
        }
        for id in ids {
            do {
                try update(id, by: .daemon, .timePassed) { _, _ in }
            } catch {
                // Set aside by now; the others go on. A clock that was set back moves nothing.
                guard error.code == .recordInvalid || error.code == .clockRollback else { throw error }
            }
        }
    }

    /// Writes a refusal to the log, if it can be written: it is a refusal all the same.
    public func note(_ refusal: any Error, of id: String, by actor: AuditEvent.Actor) {
        guard let refusal = refusal as? ConsentError else { return }
        _ = try? log.append(
            AuditEvent(.refusal, actor: actor, consent: id, detail: refusal.code.rawValue), now: clock())
    }

    // MARK: Time

    /// The later of a time and the latest that was ever seen, which is remembered.
    ///
    /// - Throws: ``ConsentError/Code/clockRollback``.
    func latest(_ now: Int) throws(ConsentError) -> Int {
        let seen = try lastSeen()
        guard now >= seen - VoiceUseCheck.clockTolerance else {
            throw ConsentError(.clockRollback, "the clock was set back; set it right")
        }
        if now > seen {
            try database.write("remember the time") { [recordKey] in
                try ConsentDatabase.set("last_seen", now, $0, recordKey)
            }
        }
        return max(now, seen)
    }

    func lastSeen() throws(ConsentError) -> Int {
        try database.read("read the time") { [recordKey] in
            try ConsentDatabase.setting("last_seen", $0, recordKey) ?? 0
        }
    }

    var now: Int { clock() }

    private static func randomIdentifier() -> String {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.text((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
