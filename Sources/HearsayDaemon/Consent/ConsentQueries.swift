internal import Consent
internal import Logging
internal import StrictJSON
internal import WireProtocol

/// Looking at consents and taking them back. Each method blocks its thread.
struct ConsentQueries {
    let desk: ConsentDesk
    let peer: Peer
    let user: UInt32

    /// Root looks after the machine: it may see and take back everything, and use nothing.
    private var isAdministrator: Bool { user == 0 }

    /// The consents of this account, and the voices of others that it may use.
    func list() throws -> CopiedVoiceList {
        guard let store = try desk.existing else { return CopiedVoiceList(voices: []) }
        try store.passTime()
        let own = isAdministrator ? try store.records() : try store.records(of: user)
        let usable = try store.records(usableBy: user).filter { other in !own.contains { $0.id == other.id } }
        return CopiedVoiceList(
            voices: own.map { .object(ConsentReports.object("consent", $0)) } + usable.map(ConsentReports.usable))
    }

    /// `show`, `revoke` or `receipt`, of a voice by its name, its consent's identifier, or the code of the grant.
    func perform(_ command: CopiedVoiceCommand) throws -> CopiedVoiceReport {
        guard let store = try desk.existing else { throw ConsentStore.unknown }
        let record = try find(command, store)
        switch command.action {
        case .revoke: return try revoke(record, store)
        case .receipt:
            let evidence = try store.evidence(of: record.id)?.digest
            let text = ConsentReports.statement(
                record, evidence: evidence, head: store.logHead, machine: desk.host, now: desk.clock())
            return ConsentReports.receipt(try store.receipt(text), record)
        default: return ConsentReports.event("consent", record)
        }
    }

    private func find(_ command: CopiedVoiceCommand, _ store: ConsentStore) throws -> ConsentRecord {
        if let code = command.code { return try store.record(code: code) }
        guard let name = command.voice else {
            throw WireError(.fieldInvalid, "'\(CopiedVoiceCommand.type)' needs 'voice' or 'code'")
        }
        let id = ConsentTerms.isIdentifier(name) ? name : try store.record(voice: name, for: user)?.id
        // A record that was changed can be taken back all the same, so whose it is must be all that counts.
        guard let id, let record = try store.storedRecord(id), record.owner == user || isAdministrator else {
            throw ConsentStore.unknown
        }
        return record
    }

    private func revoke(_ record: ConsentRecord, _ store: ConsentStore) throws -> CopiedVoiceReport {
        let revoked = try store.apply(.revoked, to: record.id, by: peer.actor)
        desk.ceremonies.end(record.id)
        // At once, and not when the next second of sound is due.
        desk.foundations.copies.recheck()
        desk.logger.notice("a consent was taken back", metadata: ["consent": "\(record.id)"])
        desk.note(store.logHead)
        return ConsentReports.event("consent", revoked)
    }
}
