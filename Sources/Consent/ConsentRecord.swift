internal import Crypto
internal import FoundationEssentials
internal import GRDB

/// A consent as it is kept, without what is sealed.
public struct ConsentRecord: Sendable, Hashable {
    /// 32 hexadecimal digits.
    public let id: String
    /// How the voice is called.
    public var voice: String
    /// The name of the person whose voice it is.
    public var subject: String
    /// The account in which it was asked for.
    public var owner: UInt32
    public var scope: ConsentScope
    public internal(set) var progress = ConsentProgress()
    /// Seconds since 1970.
    public var requested: Int
    public internal(set) var granted: Int?
    /// The speaker encoder that the voice belongs to; empty before there is a voice.
    public internal(set) var model = ""
    /// What has been spoken with it today, and within the hour.
    var usage = Usage()
    /// Digest of the revocation code.
    var codeDigest: [UInt8] = []
    /// The epoch in which the key is wrapped.
    var epoch = 0

    struct Usage: Sendable, Hashable {
        var day = 0
        var seconds = 0
        var hour = 0
        var requests = 0

        /// What counts at a time; of other days and hours nothing does.
        func at(_ now: Int) -> Usage {
            Usage(
                day: now / 86_400, seconds: now / 86_400 == day ? seconds : 0, hour: now / 3_600,
                requests: now / 3_600 == hour ? requests : 0)
        }

        /// With one more request.
        func adding(seconds more: Int, at now: Int) -> Usage {
            var usage = at(now)
            usage.seconds = usage.seconds.addingReportingOverflow(max(0, more)).partialValue
            usage.requests += 1
            return usage
        }
    }

    public var state: ConsentState { progress.state }

    /// What the voice's key is wrapped for: it can be unwrapped for exactly this record, in this epoch.
    func associatedData(epoch: Int) -> [UInt8] {
        var writer = CanonicalWriter("hearsay consent record 1")
        writer.add(id)
        writer.add(voice)
        writer.add(subject)
        writer.add(Int(owner))
        writer.add(scope.users.sorted().map { "\($0)" })
        writer.add(scope.outputs.map(\.rawValue).sorted())
        writer.add(scope.purposes.sorted())
        writer.add(scope.languages.sorted())
        writer.add(scope.secondsPerDay)
        writer.add(scope.requestsPerHour)
        writer.add(state.rawValue)
        writer.add(optional: progress.deadline)
        writer.add(requested)
        writer.add(optional: granted)
        writer.add(model)
        writer.add(epoch)
        return writer.bytes
    }

    /// What the voice itself is sealed for; it outlives epochs and renewals of the scope.
    var sealedFor: [UInt8] {
        var writer = CanonicalWriter("hearsay voice 1")
        writer.add(id)
        writer.add(Int(owner))
        return writer.bytes
    }

    /// Authenticates all of the row.
    func authenticationCode(_ blobs: ConsentRow.Blobs, _ key: SymmetricKey) -> [UInt8] {
        var writer = CanonicalWriter("hearsay consent row 1")
        writer.add(associatedData(epoch: epoch))
        writer.add(progress.attempts)
        for number in [usage.day, usage.seconds, usage.hour, usage.requests] { writer.add(number) }
        writer.add(codeDigest)
        writer.add(blobs.wrappedKey)
        writer.add(blobs.sealedVoice)
        return Array(HMAC<SHA256>.authenticationCode(for: writer.bytes, using: key))
    }
}

/// A record with what is sealed, as a row of the database.
struct ConsentRow {
    struct Blobs: Equatable {
        /// The voice's key; empty before the grant and after the erasure.
        var wrappedKey: [UInt8] = []
        var sealedVoice: [UInt8] = []
    }

    var record: ConsentRecord
    var blobs = Blobs()
    /// Whether the row is what was written.
    var isAuthentic = true

    init(_ record: ConsentRecord) {
        self.record = record
    }

    /// Reads a row, whatever it holds: what makes no sense is not authentic.
    init(_ row: Row, _ key: SymmetricKey) {
        func integer(_ name: String) -> Int { (row[name] as Int?) ?? 0 }
        func list(_ name: String) -> [String] {
            ((row[name] as String?) ?? "").split(separator: "\n").map(String.init)
        }
        func bytes(_ name: String) -> [UInt8] { Array((row[name] as Data?) ?? Data()) }
        let state = (row["state"] as String?).flatMap(ConsentState.init) ?? .quarantined
        record = ConsentRecord(
            id: row["id"] ?? "", voice: row["voice"] ?? "", subject: row["subject"] ?? "",
            owner: UInt32(exactly: integer("owner")) ?? VoiceUseCheck.nobody,
            scope: ConsentScope(
                users: Set(list("users").compactMap { UInt32($0) }),
                outputs: Set(list("outputs").compactMap(ConsentScope.Output.init)), purposes: Set(list("purposes")),
                languages: Set(list("languages")), secondsPerDay: integer("seconds_per_day"),
                requestsPerHour: integer("requests_per_hour")), requested: integer("requested"))
        record.progress = ConsentProgress(state: state, attempts: integer("attempts"), deadline: row["deadline"])
        record.granted = row["granted"]
        record.model = row["model"] ?? ""
        record.usage = ConsentRecord.Usage(
            day: integer("usage_day"), seconds: integer("usage_seconds"), hour: integer("usage_hour"),
            requests: integer("usage_requests"))
        record.codeDigest = bytes("code")
        record.epoch = integer("epoch")
        blobs = Blobs(wrappedKey: bytes("wrapped_key"), sealedVoice: bytes("sealed_voice"))
        let code = bytes("mac")
        // Compared in constant time, as the library compares authentication codes.
        isAuthentic = record.authenticationCode(blobs, key).withUnsafeBytes { expected in
            code.count == expected.count && zip(code, expected).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
        }
    }

    /// The columns with their values.
    func columns(_ key: SymmetricKey) -> [(String, (any DatabaseValueConvertible)?)] {
        let scope = record.scope
        return [
            ("id", record.id), ("voice", record.voice), ("subject", record.subject), ("owner", Int(record.owner)),
            ("users", scope.users.sorted().map { "\($0)" }.joined(separator: "\n")),
            ("outputs", scope.outputs.map(\.rawValue).sorted().joined(separator: "\n")),
            ("purposes", scope.purposes.sorted().joined(separator: "\n")),
            ("languages", scope.languages.sorted().joined(separator: "\n")),
            ("seconds_per_day", scope.secondsPerDay), ("requests_per_hour", scope.requestsPerHour),
            ("state", record.state.rawValue), ("attempts", record.progress.attempts),
            ("deadline", record.progress.deadline), ("requested", record.requested), ("granted", record.granted),
            ("model", record.model), ("usage_day", record.usage.day), ("usage_seconds", record.usage.seconds),
            ("usage_hour", record.usage.hour), ("usage_requests", record.usage.requests),
            ("code", Data(record.codeDigest)), ("epoch", record.epoch), ("wrapped_key", Data(blobs.wrappedKey)),
            ("sealed_voice", Data(blobs.sealedVoice)), ("mac", Data(record.authenticationCode(blobs, key))),
        ]
    }
}
