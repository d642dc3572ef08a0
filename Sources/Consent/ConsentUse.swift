internal import GRDB
public import SpeakerIdentity
internal import Tensors

/// Using a voice: the one place where one is opened.
extension ConsentStore {
    /// What the daemon can do for the sound to come.
    public struct Marking: Sendable {
        /// The sound will be marked as synthetic.
        public var isMarked: Bool
        /// A file's claim can be signed.
        public var canSign: Bool

        public init(isMarked: Bool, canSign: Bool) {
            self.isMarked = isMarked
            self.canSign = canSign
        }
    }

    /// Opens a voice, after all checks, in their order; the use is in the log by then.
    ///
    /// - Parameters:
    ///   - model: the speaker encoder in use.
    ///   - text: what is to be spoken; the log has a keyed digest of it.
    /// - Throws: the refusal, which is in the log too.
    public func use(
        _ id: String, _ use: VoiceUse, model: String, marking: Marking, text: String, by actor: AuditEvent.Actor
    ) throws(ConsentError) -> SpeakerEmbedding {
        let opened = OpenedVoice()
        do {
            try turn.withLock { (_: inout Void) throws(ConsentError) in
                let facts = try facts(try row(id), use, opened, model: model, marking, text: text, by: actor)
                try VoiceUseCheck.run(use, facts)
            }
        } catch {
            // A refusal that cannot be logged is a refusal all the same.
            _ = try? log.append(
                AuditEvent(
                    .refusal, actor: actor, consent: id, detail: error.code.rawValue, seconds: use.seconds, text: text),
                now: now)
            throw error
        }
        guard let voice = opened.take() else { throw ConsentStore.invalid }
        return voice
    }

    /// Whether the use of a voice may go on; to be asked for each second of sound.
    public func recheck(_ id: String, _ use: VoiceUse) throws(ConsentError) {
        let row = try row(id)
        let facts = VoiceUseFacts(
            consent: row.map(Self.facts), now: now, lastSeen: try lastSeen(), unseal: { .noKey }, isLogged: { false },
            isMarked: { false }, canSign: { false })
        try VoiceUseCheck.rerun(use, facts)
    }

    private func facts(
        _ row: ConsentRow?, _ use: VoiceUse, _ opened: OpenedVoice, model: String, _ marking: Marking, text: String,
        by actor: AuditEvent.Actor
    ) throws(ConsentError) -> VoiceUseFacts {
        let now = now
        return VoiceUseFacts(
            consent: row.map { Self.facts($0, now: now) }, now: now, lastSeen: try lastSeen(),
            unseal: {
                guard let row else { return .invalid }
                return self.unseal(row, model: model, into: opened)
            },
            isLogged: {
                guard let row else { return false }
                return self.commit(use, of: row, now: now, text: text, by: actor)
            },
            isMarked: { marking.isMarked }, canSign: { marking.canSign })
    }

    private static func facts(_ row: ConsentRow) -> VoiceUseFacts.Consent { facts(row, now: 0) }

    private static func facts(_ row: ConsentRow, now: Int) -> VoiceUseFacts.Consent {
        let usage = row.record.usage.at(now)
        return VoiceUseFacts.Consent(
            progress: row.record.progress, scope: row.record.scope, isAuthentic: row.isAuthentic,
            secondsToday: usage.seconds, requestsThisHour: usage.requests)
    }

    private func unseal(_ row: ConsentRow, model: String, into opened: OpenedVoice) -> VoiceUseFacts.Unsealed {
        let keys = keys.withLock { $0 }
        guard row.record.epoch == keys.epoch.number else { return .invalid }
        guard row.record.model == model else { return .otherModel }
        do {
            let key = try row.unwrapped(keys.wrappingKey(keys.epoch))
            opened.put(
                try SpeakerEmbedding(
                    unsealing: row.blobs.sealedVoice, with: key, for: row.record.sealedFor, model: model))
            return .opened
        } catch {
            return (error as? SpeakerIdentityError)?.code == .memoryNotLocked ? .noKey : .invalid
        }
    }

    /// Writes the use down: in the log, then against the quota. False if either cannot be done.
    private func commit(
        _ use: VoiceUse, of row: ConsentRow, now: Int, text: String, by actor: AuditEvent.Actor
    ) -> Bool {
        do {
            let now = try latest(now)
            try log.append(
                AuditEvent(.use, actor: actor, consent: row.record.id, seconds: use.seconds, text: text), now: now)
            let id = row.record.id
            return try database.write("count a use") { [recordKey] database in
                guard var current = try ConsentDatabase.row(id, database, recordKey), current.isAuthentic else {
                    return false
                }
                current.record.usage = current.record.usage.adding(seconds: use.seconds, at: now)
                try ConsentDatabase.save(current, database, recordKey)
                return true
            }
        } catch {
            return false
        }
    }
}

/// Where an unsealed voice waits while the last checks are made; wiped if they fail.
private final class OpenedVoice {
    private var voice: SpeakerEmbedding?

    func put(_ voice: consuming SpeakerEmbedding) { self.voice = consume voice }

    func take() -> SpeakerEmbedding? {
        let taken = voice.take()
        return taken
    }
}
