import Foundation
import GRDB
import Glibc
import SpeakerIdentity
import Synchronization
import TestSupport
import Testing

@testable import Consent

/// A store of the test's own, with a clock that it sets.
final class TestStore {
    final class Clock: Sendable {
        private let seconds: Atomic<Int>

        init(_ now: Int) { seconds = Atomic(now) }

        var now: Int {
            get { seconds.load(ordering: .relaxed) }
            set { seconds.store(newValue, ordering: .relaxed) }
        }
    }

    let folder: TemporaryFolder
    let clock = Clock(1_800_000_000)
    private(set) var store: ConsentStore?

    static let user: UInt32 = 1_000
    static let actor = AuditEvent.Actor(user: user, process: 5)
    static let scope = ConsentScope(
        users: [user], outputs: [.playback], purposes: ["reading"], languages: ["en"], secondsPerDay: 100)
    static let model = "encoder 1"
    static let marking = ConsentStore.Marking(isMarked: true, canSign: true)

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try reopen()
    }

    var state: String { "\(folder.path)/state" }
    var keyFolder: String { "\(folder.path)/keys" }
    var database: String { ConsentDatabase.path(in: state) }

    func keys() throws -> ConsentKeys {
        try ConsentKeys(folder: keyFolder, stateFolder: state, credentials: nil)
    }

    @discardableResult
    func reopen() throws -> ConsentStore {
        store = nil
        let keys = try keys()
        let log = try AuditLog(folder: state, signingKey: keys.auditSigningKey, textKey: keys.auditTextKey)
        let clock = clock
        let store = try ConsentStore(folder: state, keys: keys, log: log, clock: { clock.now })
        self.store = store
        return store
    }

    /// Closes the files, so that others may change them.
    func close() { store = nil }

    func open() throws -> ConsentStore { try store ?? reopen() }

    static func embedding(_ seed: Float = 1, model: String = TestStore.model) throws -> SpeakerEmbedding {
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 64)
        defer { buffer.deallocate() }
        for index in buffer.indices { buffer[index] = sin(seed * Float(index + 1)) }
        return try SpeakerEmbedding(UnsafeBufferPointer(buffer), model: model)
    }

    /// A voice that is granted for a day; its identifier and code.
    func grant(_ seed: Float = 1) throws -> (id: String, code: String) {
        let store = try open()
        let id = try store.request(
            voice: "anna", subject: "Anna Canary Berg", owner: Self.user, scope: Self.scope, by: Self.actor)
        for event in [ConsentEvent.phraseIssued, .recorded, .checksPassed] {
            try store.apply(event, to: id, by: Self.actor)
        }
        let code = try store.grant(
            id, voice: try Self.embedding(seed), expiry: clock.now + 86_400, by: Self.actor)
        return (id, code)
    }

    static let usual = VoiceUse(user: user, output: .playback, language: "en", purpose: "reading", seconds: 10)

    func use(_ id: String, _ use: VoiceUse = usual, model: String = model) throws {
        _ = try open().use(
            id, use, model: model, marking: Self.marking, text: "hello", by: AuditEvent.Actor(user: use.user))
    }

    /// The code of the refusal; nil where the voice opened.
    func refusal(_ id: String, _ use: VoiceUse = usual, model: String = model) -> ConsentError.Code? {
        do {
            try self.use(id, use, model: model)
            return nil
        } catch {
            return (error as? ConsentError)?.code
        }
    }

    /// Changes the closed database with SQL, as somebody might who has the file.
    func tamper(_ sql: String) throws {
        close()
        let queue = try DatabaseQueue(path: database)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
        try reopen()
    }

    func audit() throws -> AuditVerification.Summary { try AuditVerification(folder: state).run() }

    func log() throws -> String { try String(contentsOfFile: AuditVerification.logPath(in: state), encoding: .utf8) }
}

/// Granting, using, taking back.
@Suite(.serialized)
struct ConsentStoreTests {
    @Test func aGrantedVoiceOpensForWhatItWasGrantedFor() throws {
        let test = try TestStore()
        let (id, code) = try test.grant()
        #expect(code.count == 29)
        let voice = try test.open().use(
            id, TestStore.usual, model: TestStore.model, marking: TestStore.marking, text: "a", by: TestStore.actor)
        #expect(abs(try voice.similarity(to: try TestStore.embedding()) - 1) < 1e-6)
        // After the daemon has been started again, too.
        try test.reopen()
        #expect(test.refusal(id) == nil)
        #expect(try test.open().record(id).state == .granted)
        #expect(try test.open().records(of: TestStore.user).map(\.id) == [id])
        #expect(try test.open().records(of: 5).isEmpty)
        #expect(try test.audit().rows == 7)
        let log = try test.log()
        #expect(log.contains("verified->granted") && !log.contains("hello") && !log.contains("Canary"))
    }

    @Test func eachRefusalHasItsNameAndIsLogged() throws {
        let test = try TestStore()
        let (id, _) = try test.grant()
        func changed(_ change: (inout VoiceUse) -> Void) -> VoiceUse {
            var use = TestStore.usual
            change(&use)
            return use
        }
        #expect(test.refusal("0123") == .notAvailable)
        #expect(test.refusal(id, changed { $0.user = 1_001 }) == .notAvailable)
        #expect(test.refusal(id, changed { $0.user = 65_534 }) == .notAvailable)
        #expect(test.refusal(id, changed { $0.user = nil }) == .notAvailable)
        #expect(test.refusal(id, changed { $0.output = .file }) == .scopeViolation)
        #expect(test.refusal(id, changed { $0.purpose = "advertising" }) == .scopeViolation)
        #expect(test.refusal(id, changed { $0.seconds = 101 }) == .quotaExceeded)
        #expect(test.refusal(id, model: "encoder 2") == .recordInvalid)
        for name in ["voice.not_available", "consent.scope_violation", "consent.quota_exceeded"] {
            #expect(try test.log().contains(name))
        }
        // Ten times ten seconds, and then one second more.
        for _ in 0..<10 { #expect(test.refusal(id) == nil) }
        #expect(test.refusal(id, changed { $0.seconds = 1 }) == .quotaExceeded)
        #expect(test.refusal(id, changed { $0.seconds = 0 }) == nil)
        // Of the next day nothing has been used.
        test.clock.now += 86_399
        #expect(test.refusal(id) == nil)
        let without = ConsentStore.Marking(isMarked: false, canSign: true)
        let error = #expect(throws: ConsentError.self) {
            _ = try test.open().use(
                id, TestStore.usual, model: TestStore.model, marking: without, text: "a", by: TestStore.actor)
        }
        #expect(error?.code == .watermarkUnavailable)
    }

    @Test func timeAloneEndsAGrant() throws {
        let test = try TestStore()
        let (id, _) = try test.grant()
        test.clock.now += 86_400
        #expect(test.refusal(id) == .expired)
        try test.open().passTime()
        #expect(try test.open().record(id).state == .expired)
        #expect(test.refusal(id) == .expired)
        test.clock.now += ConsentProgress.keptAfterExpiry
        try test.reopen()
        #expect(try test.open().record(id).state == .erased)
    }

    @Test func aClockThatWasSetBackStopsAllButTakingBack() throws {
        let test = try TestStore()
        let (id, code) = try test.grant()
        #expect(test.refusal(id) == nil)
        test.clock.now -= 301
        #expect(test.refusal(id) == .clockRollback)
        // Forward and back again, across a start of the daemon.
        test.clock.now += 50_000
        #expect(test.refusal(id) == nil)
        test.clock.now -= 50_000
        try test.reopen()
        #expect(test.refusal(id) == .clockRollback)
        let error = #expect(throws: ConsentError.self) { try test.grant() }
        #expect(error?.code == .clockRollback)
        try test.open().revoke(code: code, by: AuditEvent.Actor(user: 4))
        #expect(try test.open().record(id).state == .erased)
    }

    @Test func lookingForTrickyWaysIn() throws {
        let test = try TestStore()
        let (id, _) = try test.grant()
        // Neither confirmed without a voice, nor erased without having been taken back.
        for event in [ConsentEvent.confirmed(expiry: test.clock.now + 10), .erased] {
            let error = #expect(throws: ConsentError.self) { try test.open().apply(event, to: id, by: TestStore.actor) }
            #expect(error?.code == .transitionForbidden)
        }
        // Nor granted before it was verified.
        let store = try test.open()
        let other = try store.request(
            voice: "b", subject: "B", owner: 1, scope: TestStore.scope, by: TestStore.actor)
        for event in [ConsentEvent.phraseIssued, .recorded] {
            #expect(throws: ConsentError.self) {
                _ = try store.grant(
                    other, voice: try TestStore.embedding(), expiry: test.clock.now + 10, by: TestStore.actor)
            }
            try store.apply(event, to: other, by: TestStore.actor)
        }
        #expect(test.refusal(other) == .required)
    }

    // MARK: Tampering

    @Test(arguments: [
        "UPDATE consent SET deadline = deadline + 31536000", "UPDATE consent SET users = users || char(10) || '1001'",
        "UPDATE consent SET owner = 1001", "UPDATE consent SET purposes = 'advertising'",
        "UPDATE consent SET seconds_per_day = 1000000", "UPDATE consent SET usage_seconds = 0, usage_day = 0",
        "UPDATE consent SET model = 'encoder 2'", "UPDATE consent SET granted = granted - 1",
        "UPDATE consent SET epoch = epoch + 1", "UPDATE consent SET mac = x'00'", "UPDATE consent SET code = x'00'",
        "UPDATE consent SET sealed_voice = randomblob(length(sealed_voice))", "UPDATE consent SET sealed_voice = x''",
        "UPDATE consent SET wrapped_key = randomblob(length(wrapped_key))", "UPDATE consent SET subject = 'B'",
        "UPDATE consent SET attempts = -1", "UPDATE consent SET deadline = NULL",
    ])
    func noColumnCanBeChanged(sql: String) throws {
        let test = try TestStore()
        let (id, _) = try test.grant()
        #expect(test.refusal(id) == nil)
        try test.tamper(sql)
        let code = test.refusal(id)
        // Whoever put themselves into the scope, or out of it, learns no more than that.
        #expect(code == .recordInvalid || code == .notAvailable, "\(String(describing: code))")
        // Set aside at the start or when it is touched, and good for nothing but being taken back.
        _ = try? test.open().apply(.timePassed, to: id, by: TestStore.actor)
        #expect(try test.open().record(id).state == .quarantined)
        try test.open().apply(.revoked, to: id, by: TestStore.actor)
        #expect(try test.open().record(id).state == .erased)
    }

    @Test func statesCannotBeSet() throws {
        let test = try TestStore()
        let id = try test.open().request(
            voice: "a", subject: "A", owner: TestStore.user, scope: TestStore.scope, by: TestStore.actor)
        try test.tamper("UPDATE consent SET state = 'granted', deadline = 4000000000")
        #expect(test.refusal(id) == .recordInvalid)
    }

    @Test(arguments: 1...3) func voicesCannotBeSwapped(count: Int) throws {
        let test = try TestStore()
        let (a, _) = try test.grant(1)
        let (b, _) = try test.grant(2)
        let swaps = ["sealed_voice", "wrapped_key", "mac"][..<count].map {
            "UPDATE consent SET \($0) = (SELECT \($0) FROM other WHERE other.id <> consent.id)"
        }
        try test.tamper("CREATE TEMP TABLE other AS SELECT * FROM consent; " + swaps.joined(separator: "; "))
        #expect(test.refusal(a) == .recordInvalid && test.refusal(b) == .recordInvalid)
    }

    @Test func aSealedVoiceFromElsewhereDoesNotOpen() throws {
        let test = try TestStore()
        let other = try TestStore()
        let (id, _) = try test.grant()
        let (otherID, _) = try other.grant()
        test.close()
        other.close()
        let queue = try DatabaseQueue(path: test.database)
        try queue.write { try $0.execute(sql: "DELETE FROM consent") }
        try queue.inDatabase { database in
            try database.execute(sql: "ATTACH '\(other.database)' AS other")
            try database.execute(sql: "INSERT INTO consent SELECT * FROM other.consent")
        }
        try queue.close()
        try test.reopen()
        #expect(test.refusal(otherID) == .recordInvalid && test.refusal(id) == .notAvailable)
    }

    @Test func withoutTheLogThereIsNoSound() throws {
        let test = try TestStore()
        let (id, code) = try test.grant()
        let head = AuditVerification.headPath(in: test.state)
        try FileManager.default.removeItem(atPath: head)
        try FileManager.default.createDirectory(atPath: head + "/x", withIntermediateDirectories: true)
        #expect(test.refusal(id) == .auditUnavailable)
        // What is taken back is gone all the same.
        try test.open().revoke(code: code, by: TestStore.actor)
        #expect(test.refusal(id) == .revoked)
    }

    // MARK: Keys

    @Test func keysThatOthersCanReadAreNotUsed() throws {
        let test = try TestStore()
        let (id, _) = try test.grant()
        test.close()
        for name in [ConsentKeys.rootName, "epoch"] {
            let path = "\(test.keyFolder)/\(name)"
            let content = try Data(contentsOf: URL(filePath: path))
            for change in [
                { chmod(path, 0o644) == 0 }, { truncate(path, 5) == 0 },
                { unlink(path) == 0 && symlink("/dev/zero", path) == 0 },
                { unlink(path) == 0 && mkfifo(path, 0o600) == 0 },
            ] {
                #expect(change())
                let error = #expect(throws: ConsentError.self) { try test.keys() }
                #expect(error?.code == .keyUnavailable)
                unlink(path)
                try content.write(to: URL(filePath: path))
                chmod(path, 0o600)
            }
        }
        #expect(test.refusal(id) == nil)
        // A root that is gone is not replaced by another without a word.
        test.close()
        unlink("\(test.keyFolder)/\(ConsentKeys.rootName)")
        let error = #expect(throws: ConsentError.self) { try test.keys() }
        #expect(error?.code == .keyUnavailable)
    }

    @Test func anotherKeyOpensNothing() throws {
        let test = try TestStore()
        let (id, _) = try test.grant()
        test.close()
        try Data((0..<32).map { _ in UInt8.random(in: 0...255) }).write(
            to: URL(filePath: "\(test.keyFolder)/\(ConsentKeys.rootName)"))
        chmod("\(test.keyFolder)/\(ConsentKeys.rootName)", 0o600)
        // The log is not this key's either.
        #expect(throws: ConsentError.self) { try test.reopen() }
        for name in ["audit.log", "audit.head"] { unlink("\(test.state)/\(name)") }
        // Nor is the time that was remembered.
        #expect(test.refusal(id) == .recordInvalid)
    }

    @Test func keysDoNotLieWithWhatTheyOpen() throws {
        let folder = try TemporaryFolder()
        for path in [folder.path, "\(folder.path)/keys"] {
            let error = #expect(throws: ConsentError.self) {
                try ConsentKeys(folder: path, stateFolder: folder.path, credentials: nil)
            }
            #expect(error?.code == .keyUnavailable)
        }
    }

    @Test func theServiceManagersKeyIsTheOneThatCounts() throws {
        let folder = try TemporaryFolder()
        let credentials = "\(folder.path)/credentials"
        try folder.write("credentials/\(ConsentKeys.rootName)", [UInt8](repeating: 7, count: 32))
        chmod("\(credentials)/\(ConsentKeys.rootName)", 0o400)
        let keys = try ConsentKeys(
            folder: "\(folder.path)/keys", stateFolder: "\(folder.path)/state", credentials: credentials)
        #expect(!folder.has("keys/\(ConsentKeys.rootName)") && folder.has("keys/epoch"))
        let again = try ConsentKeys(
            folder: "\(folder.path)/keys", stateFolder: "\(folder.path)/state", credentials: credentials)
        #expect(keys.wrappingKey(keys.epoch) == again.wrappingKey(again.epoch))
    }

    @Test func oneProcessHasTheStore() throws {
        let test = try TestStore()
        let keys = try test.keys()
        let log = try AuditLog(
            folder: test.folder.path, signingKey: try keys.auditSigningKey, textKey: keys.auditTextKey)
        let error = #expect(throws: ConsentError.self) {
            try ConsentStore(folder: test.state, keys: keys, log: log, clock: { 0 })
        }
        #expect(error?.code == .locked)
    }
}
