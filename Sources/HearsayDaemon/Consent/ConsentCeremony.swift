internal import Consent
internal import Logging
internal import Pipelines
internal import SpeakerIdentity
internal import StrictJSON
internal import VoiceActivity
internal import WireProtocol

/// The ceremony, step by step: phrase, recording, checks, confirmation. Each method blocks its thread.
struct ConsentCeremony {
    let desk: ConsentDesk
    let peer: Peer
    /// The account that asks, as the kernel says.
    let user: UInt32

    private static let day = 86_400

    // MARK: Beginning

    func enroll(_ request: EnrollVoice) throws -> CopiedVoiceReport {
        let terms = try ConsentTerms(request, user: user)
        // Said now, and not when somebody has read the phrase.
        _ = try desk.means.ceremony()
        let store = try desk.store()
        let now = desk.clock()
        let ceremony = Ceremony(expiry: now + terms.days * Self.day, touched: now)
        if let id = try unfinished(terms, store) { return try issuePhrase(try store.record(id), ceremony, store) }
        // Counted first, so that nobody fills the store with requests.
        try store.takePhrase(for: user)
        let id = try store.request(
            voice: terms.voice, subject: terms.subject, owner: user, scope: terms.scope, by: peer.actor)
        return try issuePhrase(try store.record(id), ceremony, store, isCounted: true)
    }

    /// The consent of this name that is not given yet: an attempt more is no new consent.
    private func unfinished(_ terms: ConsentTerms, _ store: ConsentStore) throws -> String? {
        guard let record = try store.record(voice: terms.voice, for: user), record.owner == user else { return nil }
        switch record.state {
        case .requested, .phraseIssued, .recorded, .rejected, .lockedOut, .verified:
            guard record.subject == terms.subject, record.scope == terms.scope else {
                throw ConsentError(
                    .nameTaken,
                    "a consent for '\(terms.voice)' on other terms is not finished; take it back first")
            }
            return record.id
        case .expired:
            throw ConsentError(.nameTaken, "the consent for '\(terms.voice)' is over; renew it, or take it back")
        case .granted, .revoked, .quarantined:
            throw ConsentError(.nameTaken, "there is a voice '\(terms.voice)' already; take its consent back first")
        case .erased: return nil
        }
    }

    /// Another phrase after one that failed.
    func another(_ name: String, days: Int?) throws -> CopiedVoiceReport {
        let store = try desk.store()
        let record = try own(name, store)
        _ = try desk.means.ceremony()
        let now = desk.clock()
        var ceremony = desk.ceremonies[record.id] ?? Ceremony(expiry: 0, touched: now)
        if let days {
            ceremony.expiry = now + (try ConsentTerms.days(days)) * Self.day
        } else if ceremony.expiry == 0 {
            ceremony.expiry = now + ConsentTerms.usualDays * Self.day
        }
        return try issuePhrase(record, ceremony, store)
    }

    func renew(_ name: String, days: Int?) throws -> CopiedVoiceReport {
        let store = try desk.store()
        let days = try ConsentTerms.days(days)
        _ = try desk.means.ceremony()
        try store.passTime()
        let record = try store.apply(.renewed, to: try own(name, store).id, by: peer.actor)
        let now = desk.clock()
        return try issuePhrase(record, Ceremony(expiry: now + days * Self.day, touched: now), store)
    }

    private func issuePhrase(
        _ record: ConsentRecord, _ ceremony: Ceremony, _ store: ConsentStore, isCounted: Bool = false
    ) throws -> CopiedVoiceReport {
        var ceremony = ceremony
        var generator = SystemRandomNumberGenerator()
        let phrase = ChallengePhrase(
            name: record.subject, host: desk.host, purposes: record.scope.purposes.sorted(), expiry: ceremony.expiry,
            using: &generator)
        try settle(record, store)
        // Whoever is locked out has not asked for a phrase.
        let settled = try store.apply(.timePassed, to: record.id, by: peer.actor)
        if settled.state == .lockedOut {
            var error = ConsentError(
                .lockedOut, "\(ConsentProgress.mostAttempts) attempts have failed; the next is possible after a day")
            error.until = settled.progress.deadline
            throw error
        }
        if !isCounted { try store.takePhrase(for: user) }
        let issued = try store.apply(.phraseIssued, to: record.id, by: peer.actor)
        ceremony.phrase = IssuedPhrase(phrase, for: binding(record.id), now: desk.clock())
        ceremony.verified = nil
        ceremony.touched = desk.clock()
        try desk.ceremonies.begin(record.id, ceremony, now: desk.clock())
        return ConsentReports.phrase(issued, phrase, expiry: ceremony.expiry)
    }

    /// What was begun and is begun anew has failed.
    private func settle(_ record: ConsentRecord, _ store: ConsentStore) throws(ConsentError) {
        let event: ConsentEvent? =
            switch record.state {
            case .phraseIssued: .aborted
            case .recorded: .checksFailed
            case .verified: .declined
            default: nil
            }
        guard let event else { return }
        do {
            try store.apply(event, to: record.id, by: peer.actor)
        } catch {
            // Time has done it already.
            guard [.transitionForbidden, .phraseExpired, .notConfirmed, .lockedOut].contains(error.code) else {
                throw error
            }
        }
    }

    private func binding(_ consent: String) -> IssuedPhrase.Binding {
        IssuedPhrase.Binding(consent: consent, user: user, connection: peer.connection, boot: ConsentDesk.boot)
    }

    /// A consent that this account has asked for; to all others it is as if there were none.
    func own(_ name: String, _ store: ConsentStore) throws -> ConsentRecord {
        let record =
            ConsentTerms.isIdentifier(name) ? try store.record(name) : try store.record(voice: name, for: user)
        guard let record, record.owner == user else { throw ConsentStore.unknown }
        return record
    }

    // MARK: Recordings

    func addReference(_ request: VoiceReference) throws -> CopiedVoiceReport {
        let store = try desk.store()
        let record = try own(request.consent, store)
        let seconds = Double(request.audio.count / 2) / Double(StatementMeasurement.sampleRate)
        guard Ceremony.referenceSeconds.contains(seconds), request.audio.count.isMultiple(of: 2) else {
            throw WireError(
                .fieldInvalid,
                "the recording of '\(VoiceReference.type)' must have 2 … 60 s of 16-bit samples at 16 kHz")
        }
        let samples = stride(from: 0, to: request.audio.count, by: 2).map { index in
            Float(Int16(bitPattern: UInt16(request.audio[index]) | UInt16(request.audio[index + 1]) << 8)) / 32_768
        }
        let count = try desk.ceremonies.update(record.id) { (ceremony: inout Ceremony) throws(WireError) -> Int in
            guard ceremony.references.count < Ceremony.mostReferences else {
                throw WireError(
                    .fieldInvalid, "a voice is made from at most \(Ceremony.mostReferences) recordings")
            }
            ceremony.references.append(samples)
            ceremony.touched = desk.clock()
            return ceremony.references.count
        }
        guard let count else {
            throw ConsentError(.phraseExpired, "no phrase has been asked for; ask for one first")
        }
        var data = ConsentReports.object("reference", record)
        data["count"] = .integer(Int64(count))
        return CopiedVoiceReport(data: data)
    }

    /// Records the phrase and checks it.
    ///
    /// - Parameter report: hears how far it is.
    func record(_ name: String, report: (CopiedVoiceReport) throws -> Void) throws -> CopiedVoiceReport {
        let store = try desk.store()
        let record = try own(name, store)
        let means = try desk.means.ceremony()
        let phrase = try redeem(record, store)
        let statement: RecordedStatement
        do {
            statement = try recorded(record, means, report)
        } catch {
            _ = try? store.apply(.aborted, to: record.id, by: peer.actor)
            throw error
        }
        try store.apply(.recorded, to: record.id, by: peer.actor)
        do {
            try report(ConsentReports.event("checking", record))
            let verified = try verify(statement, phrase, record, means)
            let passed = try store.apply(.checksPassed, to: record.id, by: peer.actor)
            _ = desk.ceremonies.update(record.id) { (ceremony: inout Ceremony) throws(Never) -> Void in
                ceremony.verified = verified
                ceremony.touched = desk.clock()
            }
            return ConsentReports.event("verified", passed)
        } catch {
            store.note(error, of: record.id, by: peer.actor)
            _ = try? store.apply(.checksFailed, to: record.id, by: peer.actor)
            throw error
        }
    }

    /// Uses the phrase up: from here on it is burnt, whatever comes.
    private func redeem(_ record: ConsentRecord, _ store: ConsentStore) throws -> ChallengePhrase {
        do {
            let phrase = try desk.ceremonies.update(record.id) {
                (ceremony: inout Ceremony) throws(ConsentError) -> ChallengePhrase? in
                ceremony.touched = desk.clock()
                try ceremony.phrase?.redeem(by: binding(record.id), now: desk.clock())
                return ceremony.phrase?.phrase
            }
            guard let phrase, let phrase else {
                throw ConsentError(.phraseExpired, "no phrase has been asked for; ask for one first")
            }
            return phrase
        } catch {
            store.note(error, of: record.id, by: peer.actor)
            _ = try? store.apply(.timePassed, to: record.id, by: peer.actor)
            throw error
        }
    }

    private func recorded(
        _ record: ConsentRecord, _ means: CeremonyMeans, _ report: (CopiedVoiceReport) throws -> Void
    ) throws -> RecordedStatement {
        desk.logger.notice("microphone opened", metadata: ["user": "\(user)", "for": "consent"])
        defer { desk.logger.notice("microphone closed", metadata: ["user": "\(user)"]) }
        return try means.recorder.record { try report(ConsentReports.event("listening", record)) }
    }

    // MARK: Checks

    private func verify(
        _ statement: RecordedStatement, _ phrase: ChallengePhrase, _ record: ConsentRecord, _ means: CeremonyMeans
    ) throws -> Ceremony.Verified {
        let samples = statement.samples
        let speech = samples.withUnsafeBufferPointer { means.voiceActivity.speechSegments(in: $0) }
        let isMarked = try samples.withUnsafeBufferPointer { try means.marks.isMarked($0) }
        let sound = StatementMeasurement.sound(statement, speech: speech, isMarked: isMarked)
        try StatementChecks.check(sound)

        let words = try means.hearing.words(in: samples)
        let transcript = words.map(\.text).joined(separator: " ")
        try StatementChecks.check(transcript: transcript, of: phrase)
        guard let first = phrase.oneTimeStart(in: words.map(\.text)),
            case let cut = Int(exactly: (words[first].start * Double(StatementMeasurement.sampleRate)).rounded()) ?? 0,
            cut > 0, cut < samples.count
        else { throw ConsentError(.phraseMismatch, "where the words of today were read cannot be told") }
        let (gap, jump) = StatementMeasurement.splice(samples, words, first: first)
        let references = desk.ceremonies[record.id]?.references ?? []
        let comparison = try compare(samples, cut, speech, references, means)
        let voice = StatementVoice(
            longestGap: gap, backgroundJump: jump, within: comparison.within, consistency: comparison.consistency,
            reference: comparison.reference)
        try StatementChecks.check(voice)
        return Ceremony.Verified(
            voice: comparison.voice,
            evidence: ConsentEvidence(
                phrase: phrase.text, transcript: transcript,
                measurements: "\(sound); \(voice); recogniser \(means.hearing.model); encoder \(means.speaker.model)",
                samples: samples.map { Int16(max(-32_768, min(32_767, ($0 * 32_768).rounded()))) }))
    }

    private func compare(
        _ samples: [Float], _ cut: Int, _ speech: [Range<Int>], _ references: [[Float]], _ means: CeremonyMeans
    ) throws -> VoiceComparison {
        do {
            return try VoiceComparison(samples, cut: cut, speech: speech, references: references, by: means)
        } catch let error as SpeakerIdentityError where error.code == .speechTooShort {
            throw ConsentError(.speechTooShort, "a recording has too little speech to tell whose it is")
        }
    }

    // MARK: Confirmation

    /// The owner of the account agrees.
    func confirm(_ name: String, expiry: Int?) throws -> CopiedVoiceReport {
        let store = try desk.store()
        let record = try own(name, store)
        guard let ceremony = desk.ceremonies[record.id], let verified = ceremony.verified else {
            try store.apply(.timePassed, to: record.id, by: peer.actor)
            throw ConsentError(
                record.state == .granted ? .transitionForbidden : .notConfirmed,
                "there is nothing to confirm; a phrase must be read first")
        }
        guard expiry == ceremony.expiry else {
            var error = ConsentError(.scopeViolation, "what is confirmed is not the date that was read aloud")
            error.field = "expiry"
            throw error
        }
        let code = try store.grant(
            record.id, voice: verified.voice.embedding, evidence: verified.evidence, expiry: ceremony.expiry,
            by: peer.actor)
        desk.ceremonies.end(record.id)
        desk.note(store.logHead)
        return ConsentReports.granted(try store.record(record.id), code: code)
    }

    func decline(_ name: String) throws -> CopiedVoiceReport {
        let store = try desk.store()
        let record = try own(name, store)
        let event: ConsentEvent = record.state == .verified ? .declined : .aborted
        let declined = try store.apply(event, to: record.id, by: peer.actor)
        desk.ceremonies.end(record.id)
        return ConsentReports.event("consent", declined)
    }
}
