internal import Consent
internal import FoundationEssentials
internal import StrictJSON
internal import WireProtocol

/// What clients are told about consents. No number that says how a voice sounds, or how near somebody came to it.
enum ConsentReports {
    static func phrase(
        _ record: ConsentRecord, _ phrase: ChallengePhrase, expiry: Int
    ) -> CopiedVoiceReport {
        var data = object("phrase", record)
        data["phrase"] = .string(phrase.text)
        data["seconds"] = .integer(Int64(ConsentProgress.phraseSeconds))
        data["attempts_left"] = .integer(Int64(max(0, ConsentProgress.mostAttempts - record.progress.attempts)))
        data["expiry"] = .integer(Int64(expiry))
        return CopiedVoiceReport(data: data)
    }

    static func event(_ name: String, _ record: ConsentRecord) -> CopiedVoiceReport {
        CopiedVoiceReport(data: object(name, record))
    }

    static func granted(_ record: ConsentRecord, code: String) -> CopiedVoiceReport {
        var data = object("granted", record)
        data["revocation_code"] = .string(code)
        return CopiedVoiceReport(data: data)
    }

    static func receipt(_ receipt: ConsentReceipt, _ record: ConsentRecord) -> CopiedVoiceReport {
        var data = object("receipt", record)
        data["receipt"] = .string(receipt.text)
        data["signature"] = .string(receipt.signature)
        data["key"] = .string(receipt.key)
        return CopiedVoiceReport(data: data)
    }

    /// What somebody knows of a voice that they may use and that is not theirs.
    static func usable(_ record: ConsentRecord) -> JSONValue {
        var data = object("consent", record)
        for key in ["subject", "users", "requested"] { data[key] = nil }
        return .object(data)
    }

    static func object(_ event: String, _ record: ConsentRecord) -> JSONObject {
        func list(_ texts: some Sequence<String>) -> JSONValue { .array(texts.sorted().map { .string($0) }) }
        func optional(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }
        let scope = record.scope
        return [
            "event": .string(event), "consent": .string(record.id), "voice": .string(record.voice),
            "subject": .string(record.subject), "owner": .integer(Int64(record.owner)),
            "users": .array(scope.users.sorted().map { .integer(Int64($0)) }),
            "outputs": list(scope.outputs.map(\.rawValue)), "purposes": list(scope.purposes),
            "languages": list(scope.languages), "seconds_per_day": .integer(Int64(scope.secondsPerDay)),
            "requests_per_hour": .integer(Int64(scope.requestsPerHour)), "state": .string(record.state.rawValue),
            "requested": .integer(Int64(record.requested)), "granted": optional(record.granted),
            "until": optional(record.progress.deadline),
        ]
    }

    /// The statement that a receipt signs: JSON, in this order.
    static func statement(
        _ record: ConsentRecord, evidence: String?, head: AuditHead?, machine: String, now: Int
    ) -> String {
        var data = object("consent receipt", record)
        data["encoder"] = .string(record.model)
        data["evidence_sha256"] = evidence.map { .string($0) } ?? .null
        data["machine"] = .string(machine)
        data["log_head"] = head.map { .string("\($0)") } ?? .null
        data["issued"] = .integer(Int64(now))
        var writer = JSONWriter()
        writer.value(.object(data))
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// A time for people, in universal time.
    static func time(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}
