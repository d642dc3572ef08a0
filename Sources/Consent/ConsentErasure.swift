internal import Crypto
internal import FoundationEssentials
internal import GRDB
internal import Tensors

/// Taking a consent back, and what follows: the voice's key goes, from the journal too, and the epoch is replaced, so
/// that older copies of the files open nothing.
extension ConsentStore {
    /// The consent that a code was given out for, when it was granted.
    ///
    /// - Throws: ``ConsentError/Code/notAvailable`` if no consent has this code.
    public func record(code: String) throws(ConsentError) -> ConsentRecord {
        let digest = RevocationCode.digest(code, keys.withLock { $0.codeKey })
        let record = try database.read("look for a code") { [recordKey] in
            try ConsentDatabase.rows($0, recordKey).first { $0.record.codeDigest == digest }?.record
        }
        guard let record else { throw ConsentError(.notAvailable, "no consent has this code") }
        return record
    }

    /// Takes a consent back with its code, whoever asks.
    ///
    /// - Throws: ``ConsentError/Code/notAvailable`` if no consent has this code.
    public func revoke(code: String, by actor: AuditEvent.Actor) throws(ConsentError) {
        try apply(.revoked, to: try record(code: code).id, by: actor)
    }

    /// Erases what was taken back, or goes on where an interruption left off. Every step can be done twice.
    func finishErasures() throws(ConsentError) {
        let prepared = try keys.withLock { $0 }.preparedEpoch()
        let stored = try database.read("read the epoch") { [recordKey] in
            try ConsentDatabase.setting("epoch", $0, recordKey)
        }
        if let prepared, prepared.number == stored {
            // The survivors are wrapped in it already.
            try adopt(prepared)
        }
        let revoked = try rows { $0.isAuthentic && $0.record.state == .revoked }
        guard !revoked.isEmpty else { return }
        let ids = Set(revoked.map(\.record.id))
        try dropVoices(of: ids)
        try database.emptyJournal()
        try replaceEpoch()
        try database.emptyJournal()
        for id in ids { try markErased(id) }
    }

    private func dropVoices(of ids: Set<String>) throws(ConsentError) {
        try database.write("delete a voice") { [recordKey] database in
            for var row in try ConsentDatabase.rows(database, recordKey) where ids.contains(row.record.id) {
                row.blobs = ConsentRow.Blobs()
                try ConsentDatabase.save(row, database, recordKey)
            }
            try ConsentEvidence.drop(of: ids, database)
        }
    }

    /// Wraps all keys that are left in a new epoch, and forgets the old one.
    private func replaceEpoch() throws(ConsentError) {
        let old = keys.withLock { $0 }
        let next = try old.prepareEpoch()
        // A log that cannot be written does not keep anybody's voice.
        _ = try? log.append(AuditEvent(.rotation, actor: .daemon, detail: "epoch.\(next.number)"), now: now)
        try database.write("wrap the keys anew") { [recordKey] database in
            for var row in try ConsentDatabase.rows(database, recordKey) where row.isAuthentic {
                if let key = try? row.unwrapped(old.wrappingKey(old.epoch)) {
                    try row.wrap(key, old.wrappingKey(next), epoch: next.number)
                } else {
                    // Wrapped in an epoch that is over: nobody can open it.
                    row.blobs = ConsentRow.Blobs()
                    row.record.epoch = next.number
                }
                try ConsentDatabase.save(row, database, recordKey)
            }
            try ConsentEvidence.rewrap(
                old.wrappingKey(old.epoch), old.wrappingKey(next), epoch: next.number, database)
            try ConsentDatabase.set("epoch", next.number, database, recordKey)
        }
        try adopt(next)
    }

    private func adopt(_ next: ConsentKeys.Epoch) throws(ConsentError) {
        try keys.withLock { (keys: inout ConsentKeys) throws(ConsentError) in try keys.adopt(next) }
    }

    /// A tombstone stays: who, when, and that it was taken back.
    private func markErased(_ id: String) throws(ConsentError) {
        guard var row = try row(id), row.isAuthentic, row.record.state == .revoked else { return }
        let now = now
        try row.record.progress.apply(.erased, now: now)
        row.record.subject = ""
        row.record.codeDigest = []
        _ = try? log.append(AuditEvent(.erasure, actor: .daemon, consent: id), now: now)
        try database.write("store a consent") { [recordKey, row] in try ConsentDatabase.save(row, $0, recordKey) }
        try database.emptyJournal()
    }

    private func rows(where condition: (ConsentRow) -> Bool) throws(ConsentError) -> [ConsentRow] {
        try database.read("read the consents") { [recordKey] in
            try ConsentDatabase.rows($0, recordKey).filter(condition)
        }
    }
}

extension ConsentProgress {
    /// Applies an event where the state allows it, and else nothing.
    mutating func apply(
        _ event: ConsentEvent, ifPossible now: Int, onStep: (ConsentTransition) -> Void
    ) throws(ConsentError) {
        var moved = self
        do {
            try moved.apply(event, now: now, onStep: onStep)
            self = moved
        } catch {
            guard error.code == .transitionForbidden || error.code == .revoked else { throw error }
        }
    }
}

extension ConsentRow {
    /// Wraps the voice's key for this record.
    mutating func wrap(_ key: SymmetricKey, _ wrappingKey: SymmetricKey, epoch: Int) throws {
        record.epoch = epoch
        let box = try key.withUnsafeBytes {
            try AES.GCM.seal($0, using: wrappingKey, authenticating: record.associatedData(epoch: epoch))
        }
        blobs.wrappedKey = Array(box.combined ?? Data())
    }

    /// The voice's key, if it was wrapped for this record as it is.
    func unwrapped(_ wrappingKey: SymmetricKey) throws -> SymmetricKey {
        let box = try AES.GCM.SealedBox(combined: blobs.wrappedKey)
        var bytes = try AES.GCM.open(
            box, using: wrappingKey, authenticating: record.associatedData(epoch: record.epoch))
        defer { for index in bytes.indices { bytes[index] = 0 } }
        return SymmetricKey(data: bytes)
    }
}

/// What takes a consent back from any account: 25 letters and digits in groups, 123 bits.
enum RevocationCode {
    /// Without those that look alike.
    private static let alphabet = Array("ABCDEFGHJKMNPQRSTUVWXYZ23456789")

    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<5).map { _ in
            String((0..<5).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
        }
        return groups.joined(separator: "-")
    }

    /// However it was typed.
    static func digest(_ code: String, _ key: SymmetricKey) -> [UInt8] {
        let letters = code.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return Array(HMAC<SHA256>.authenticationCode(for: Array(letters.utf8), using: key))
    }
}
