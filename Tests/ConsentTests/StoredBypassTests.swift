import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

@testable import Consent
@testable import SpeakerIdentity

/// Attempts to come to somebody's voice by way of what is stored, by somebody who has the files, the clock or an account.
/// Numbers are those of the list that the daemon's `BypassTests` follow, too.
@Suite(.serialized)
struct StoredBypassTests {
    struct Attempt: Sendable, CustomTestStringConvertible {
        let number: Int
        let name: String
        let code: ConsentError.Code
        /// What is done after the voice has been used as it may be.
        let run: @Sendable (TestStore, _ id: String, _ code: String) throws -> Void
        /// How the voice is used then.
        var use = TestStore.usual
        var model = TestStore.model

        var testDescription: String { "\(number) \(name)" }
    }

    private static func sql(_ number: Int, _ name: String, _ sql: String) -> Attempt {
        Attempt(number: number, name: name, code: .recordInvalid) { test, _, _ in try test.tamper(sql) }
    }

    private static func using(
        _ number: Int, _ name: String, _ code: ConsentError.Code, _ change: (inout VoiceUse) -> Void
    ) -> Attempt {
        var attempt = Attempt(number: number, name: name, code: code) { _, _, _ in }
        change(&attempt.use)
        return attempt
    }

    private static let attempts: [Attempt] = [
        sql(15, "the state is set to granted", "UPDATE consent SET state = 'granted', attempts = 0, granted = 1"),
        sql(16, "the end is put off by a year", "UPDATE consent SET deadline = deadline + 31536000"),
        sql(
            17, "the voices of two consents are swapped",
            """
            CREATE TEMP TABLE other AS SELECT * FROM consent;
            UPDATE consent SET sealed_voice = (SELECT sealed_voice FROM other WHERE other.id <> consent.id)
            """),
        sql(18, "an account is added", "UPDATE consent SET users = users || char(10) || '1001'"),
        Attempt(number: 19, name: "after the end", code: .expired) { test, _, _ in test.clock.now += 86_400 },
        Attempt(number: 20, name: "with the clock set back", code: .clockRollback) { test, _, _ in
            test.clock.now -= 301
        },
        Attempt(number: 21, name: "with the clock set forward and back", code: .clockRollback) { test, id, _ in
            test.clock.now += 40_000
            try test.use(id)
            test.clock.now -= 40_000
        },
        Attempt(number: 22, name: "after it was taken back", code: .revoked) { test, _, code in
            try test.open().revoke(code: code, by: TestStore.actor)
        },
        Attempt(number: 23, name: "with the files from before it was taken back", code: .recordInvalid) {
            test, _, code in
            test.close()
            let copy = "\(test.folder.path)/copy"
            try FileManager.default.copyItem(atPath: test.state, toPath: copy)
            try test.open().revoke(code: code, by: TestStore.actor)
            test.close()
            try FileManager.default.removeItem(atPath: test.state)
            try FileManager.default.copyItem(atPath: copy, toPath: test.state)
        },
        using(24, "by another account", .notAvailable) { $0.user = 1_001 },
        using(24, "by root", .notAvailable) { $0.user = 0 },
        using(25, "by an account that the kernel cannot name", .notAvailable) { $0.user = 65_534 },
        using(25, "by nobody at all", .notAvailable) { $0.user = nil },
        using(27, "for a file that was not allowed", .scopeViolation) { $0.output = .file },
        using(27, "for an output that nobody knows", .scopeViolation) { $0.output = nil },
        Attempt(number: 28, name: "with a log that cannot be written", code: .auditUnavailable) { test, _, _ in
            let head = AuditVerification.headPath(in: test.state)
            try FileManager.default.removeItem(atPath: head)
            try FileManager.default.createDirectory(atPath: head + "/x", withIntermediateDirectories: true)
        },
        using(38, "for another purpose", .scopeViolation) { $0.purpose = "advertising" },
        using(39, "a second more than a day has", .quotaExceeded) { $0.seconds = 91 },
        Attempt(
            number: 40, name: "with another encoder", code: .recordInvalid, run: { _, _, _ in }, model: "encoder 2"),
    ]

    @Test(arguments: attempts) func theAttemptFailsAndItsTwinDoesNot(attempt: Attempt) throws {
        let test = try TestStore()
        let (id, code) = try test.grant(1)
        _ = try test.grant(2)
        // The twin: the same voice and use, before the attempt.
        #expect(test.refusal(id) == nil)
        try attempt.run(test, id, code)
        #expect(test.refusal(id, attempt.use, model: attempt.model) == attempt.code)
        if attempt.number != 28 { #expect(try test.log().contains("refusal\t\(id)\t\(attempt.code.rawValue)")) }
    }

    /// 29: a log that was cut does not open, and nothing is spoken without it.
    @Test func aCutLogIsNoticedAtTheNextStart() throws {
        let test = try TestStore()
        let (id, _) = try test.grant()
        test.close()
        #expect(test.refusal(id) == nil)
        test.close()
        let path = AuditVerification.logPath(in: test.state)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropLast()
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: ConsentError.self) { try test.reopen() }
        #expect(error?.code == .chainBroken)
    }

    /// 26: a thousand times, taking back and using at once. `ErasureTests` has eight users at a time.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] != nil, "set HEARSAY_LOAD_TESTS to run it"))
    func takingBackWinsAThousandTimes() async throws {
        for _ in 0..<50 {
            let test = try TestStore()
            for round in 0..<20 {
                let (id, _) = try test.grant(Float(round + 1))
                let store = try test.open()
                async let used = Self.use(store, id)
                _ = try? store.apply(.revoked, to: id, by: TestStore.actor)
                let wasRevoked = test.refusal(id) == .revoked
                let wasUsed = await used
                #expect(wasRevoked)
                // Either it came first and is in the log, or it was refused.
                #expect(try test.log().contains(wasUsed ? "use\t\(id)" : "refusal\t\(id)"))
            }
        }
    }

    private static func use(_ store: ConsentStore, _ id: String) async -> Bool {
        var use = TestStore.usual
        use.seconds = 1
        return
            (try? store.use(
                id, use, model: TestStore.model, marking: TestStore.marking, text: "x", by: TestStore.actor
            ).dimension) != nil
    }
}

/// What shows that somebody has consented.
@Suite(.serialized)
struct EvidenceTests {
    private static let evidence = ConsentEvidence(
        phrase: "I, Anna, allow", transcript: "i anna allow", measurements: "all of it",
        samples: (0..<16_000).map { Int16(truncatingIfNeeded: $0 &* 7_919) })

    private func granted(_ test: TestStore, _ seed: Float = 1) throws -> (id: String, code: String) {
        let store = try test.open()
        let id = try store.request(
            voice: "anna\(Int(seed))", subject: "Anna", owner: TestStore.user, scope: TestStore.scope,
            by: TestStore.actor)
        for event in [ConsentEvent.phraseIssued, .recorded, .checksPassed] {
            try store.apply(event, to: id, by: TestStore.actor)
        }
        let code = try store.grant(
            id, voice: try TestStore.embedding(seed), evidence: Self.evidence, expiry: test.clock.now + 86_400,
            by: TestStore.actor)
        return (id, code)
    }

    /// Sealed; still there after another's erasure has replaced the epoch, and after the consent's end; gone with it.
    @Test func itIsKeptSealedUntilTheErasure() throws {
        let test = try TestStore()
        let (id, code) = try granted(test)
        let (_, other) = try granted(test, 2)
        func bytes() throws -> Data {
            try FileManager.default.contentsOfDirectory(atPath: test.state).sorted().reduce(Data()) {
                $0 + (try Data(contentsOf: URL(filePath: "\(test.state)/\($1)")))
            }
        }
        let sound = Self.evidence.samples[100..<200].flatMap { withUnsafeBytes(of: $0.littleEndian) { Array($0) } }
        #expect(try bytes().range(of: Data(sound)) == nil)
        let sealed = try #require(
            try test.open().database.queue.read {
                try Data.fetchOne($0, sql: "SELECT sealed FROM evidence WHERE consent = ?", arguments: [id])
            })
        #expect(try bytes().range(of: sealed[..<64]) != nil)
        #expect(try test.open().evidence(of: id)?.evidence == Self.evidence)
        try test.open().revoke(code: other, by: TestStore.actor)
        #expect(try test.reopen().evidence(of: id)?.evidence == Self.evidence)
        test.clock.now += 86_400
        try test.open().passTime()
        #expect(try test.open().record(id).state == .expired)
        #expect(try test.open().evidence(of: id)?.evidence == Self.evidence)
        #expect(try test.log().contains("evidence\t\(id)\t\(Self.evidence.digest)"))

        try test.open().revoke(code: code, by: TestStore.actor)
        let left = try #require(try test.open().evidence(of: id))
        #expect(left.evidence == nil && left.digest == Self.evidence.digest)
        #expect(try bytes().range(of: sealed[..<64]) == nil)
    }

    @Test(arguments: [
        "UPDATE evidence SET digest = 'a'", "UPDATE evidence SET sealed = randomblob(length(sealed))",
        "UPDATE evidence SET wrapped_key = randomblob(length(wrapped_key))",
        "UPDATE evidence SET granted = granted + 1",
    ])
    func itCannotBeChanged(sql: String) throws {
        let test = try TestStore()
        let (id, _) = try granted(test)
        try test.tamper(sql)
        let error = #expect(throws: ConsentError.self) { try test.open().evidence(of: id) }
        #expect(error?.code == .recordInvalid)
        #expect(test.refusal(id) == nil)
    }

    @Test func whatIsNoEvidenceIsNotRead() {
        let bytes = Self.evidence.bytes
        #expect(ConsentEvidence(bytes: bytes) == Self.evidence)
        for count in [0, 1, 8, 9, 30, bytes.count - 1] {
            #expect(ConsentEvidence(bytes: Array(bytes[..<count])) == nil)
        }
        #expect(ConsentEvidence(bytes: bytes + [0]) == nil)
        var damaged = bytes
        damaged[8] = 0xFF
        #expect(ConsentEvidence(bytes: damaged) == nil)
    }
}

/// What is left in memory of a voice that was taken back.
@Suite(.serialized)
struct MemoryTests {
    @Test func nothingOfItIsLeft() throws {
        let test = try TestStore()
        let (id, code) = try test.grant(0.731)
        let disguised = try {
            let voice = try test.open().use(
                id, TestStore.usual, model: TestStore.model, marking: TestStore.marking, text: "x", by: TestStore.actor)
            let disguised = voice.withBytes { bytes in bytes.map { $0 ^ MemorySearch.mask } }
            // What is searched for is found while it is there, and nowhere but in its locked memory.
            #expect(try MemorySearch.occurrences(of: disguised) == 1)
            _ = voice.dimension
            return disguised
        }()
        #expect(try MemorySearch.occurrences(of: disguised) == 0)
        try test.open().revoke(code: code, by: TestStore.actor)
        #expect(try MemorySearch.occurrences(of: disguised) == 0)
    }
}
