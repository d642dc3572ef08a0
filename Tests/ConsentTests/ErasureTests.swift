import Foundation
import GRDB
import Glibc
import SpeakerIdentity
import TestSupport
import Testing

@testable import Consent

/// What is left of a voice that was taken back: nothing that opens it, wherever one looks.
@Suite(.serialized)
struct ErasureTests {
    /// All bytes of the files in the folder of the state.
    private static func contents(_ folder: String) throws -> Data {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().reduce(Data()) {
            $0 + (try Data(contentsOf: URL(filePath: "\(folder)/\($1)")))
        }
    }

    private static func blobs(_ test: TestStore, _ id: String) throws -> ConsentRow.Blobs {
        try #require(try test.open().row(id)).blobs
    }

    @Test func nothingOfItIsLeftInTheFiles() throws {
        let test = try TestStore()
        let (id, code) = try test.grant(1)
        let (other, _) = try test.grant(2)
        let blobs = try Self.blobs(test, id)
        let survivor = try Self.blobs(test, other)
        func has(_ bytes: [UInt8]) throws -> Bool { try Self.contents(test.state).range(of: Data(bytes)) != nil }
        // What is searched for can be found while it is there.
        #expect(try has(blobs.wrappedKey) && has(blobs.sealedVoice) && has(Array("Canary".utf8)))

        try test.open().revoke(code: code, by: AuditEvent.Actor(user: 4_242))
        #expect(test.refusal(id) == .revoked && test.refusal(other) == nil)
        #expect(try test.open().record(id).state == .erased)
        #expect(try !has(blobs.wrappedKey) && !has(blobs.sealedVoice))
        // The survivor's key was wrapped anew, and no copy of the old wrapping is left.
        #expect(try !has(survivor.wrappedKey) && has(survivor.sealedVoice))
        #expect(try test.open().record(id).subject.isEmpty)
        test.close()
        #expect(try !has(blobs.wrappedKey) && !has(blobs.sealedVoice))
        #expect(test.refusal(other) == nil)
        #expect(try test.log().contains("granted->revoked") && test.log().contains("erasure"))
        // The code is used up.
        #expect(throws: ConsentError.self) { try test.open().revoke(code: code, by: TestStore.actor) }
    }

    /// A copy of the state from before opens nothing, because the epoch is gone.
    @Test func anOldCopyOpensNothing() throws {
        let test = try TestStore()
        let (id, code) = try test.grant(1)
        test.close()
        let copy = "\(test.folder.path)/copy"
        try FileManager.default.copyItem(atPath: test.state, toPath: copy)
        try test.open().revoke(code: code, by: TestStore.actor)
        test.close()
        try FileManager.default.removeItem(atPath: test.state)
        try FileManager.default.copyItem(atPath: copy, toPath: test.state)
        #expect(test.refusal(id) == .recordInvalid)
        // Nor after the next erasure, which wraps what is left.
        let (_, other) = try test.grant(2)
        try test.open().revoke(code: other, by: TestStore.actor)
        #expect(test.refusal(id) == .recordInvalid)
    }

    @Test(arguments: [" abcd", "", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"])
    func otherCodesTakeNothingBack(code: String) throws {
        let test = try TestStore()
        let (id, right) = try test.grant()
        let error = #expect(throws: ConsentError.self) { try test.open().revoke(code: code, by: TestStore.actor) }
        #expect(error?.code == .notAvailable && test.refusal(id) == nil)
        // Typed in another way, it is the same code.
        try test.open().revoke(
            code: " \(right.lowercased().replacing("-", with: " ")) ", by: TestStore.actor)
        #expect(test.refusal(id) == .revoked)
    }

    /// Wherever an erasure is interrupted, the next start finishes it, and the others' voices still open.
    @Test(arguments: 0..<4) func interruptedErasuresAreFinished(stage: Int) throws {
        let test = try TestStore()
        let (id, _) = try test.grant(1)
        let (other, _) = try test.grant(2)
        let blobs = try Self.blobs(test, id)
        try Self.interrupt(test, id, other, stage)
        let before = try test.keys().epoch.number
        try test.reopen()
        #expect(try test.open().record(id).state == .erased)
        #expect(test.refusal(other) == nil && test.refusal(id) == .revoked)
        #expect(try test.keys().epoch.number > before)
        #expect(try Self.contents(test.state).range(of: Data(blobs.wrappedKey)) == nil)
    }

    /// What the steps of an erasure leave behind up to some point, by the means of the steps themselves.
    private static func interrupt(_ test: TestStore, _ id: String, _ other: String, _ stage: Int) throws {
        defer { test.close() }
        let store = try test.open()
        func save(_ rows: [ConsentRow], epoch: Int? = nil) throws {
            try store.database.write("stop") { database in
                for row in rows { try ConsentDatabase.save(row, database, store.recordKey) }
                if let epoch { try ConsentDatabase.set("epoch", epoch, database, store.recordKey) }
            }
        }
        var row = try #require(try store.row(id))
        try row.record.progress.apply(.revoked, now: test.clock.now)
        try save([row])
        guard stage >= 1 else { return }
        row.blobs = ConsentRow.Blobs()
        try save([row])
        guard stage >= 2 else { return }
        let keys = try test.keys()
        let next = try keys.prepareEpoch()
        guard stage >= 3 else { return }
        var survivor = try #require(try store.row(other))
        let key = try survivor.unwrapped(keys.wrappingKey(keys.epoch))
        try survivor.wrap(key, keys.wrappingKey(next), epoch: next.number)
        row.record.epoch = next.number
        try save([survivor, row], epoch: next.number)
    }

    /// While voices are taken back, nobody gets one that was taken back before they asked.
    @Test func takingBackAndUsingAtOnce() async throws {
        let test = try TestStore()
        for round in 0..<20 {
            let (id, _) = try test.grant(Float(round + 1))
            let store = try test.open()
            let results = await withTaskGroup(of: (Bool, Bool).self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let before = (try? store.record(id).state) == .granted
                        var use = TestStore.usual
                        use.seconds = 1
                        let opened =
                            (try? store.use(
                                id, use, model: TestStore.model, marking: TestStore.marking, text: "x",
                                by: TestStore.actor
                            ).dimension) != nil
                        return (before, opened)
                    }
                }
                group.addTask {
                    _ = try? store.apply(.revoked, to: id, by: TestStore.actor)
                    return (true, false)
                }
                var results: [(Bool, Bool)] = []
                for await result in group { results.append(result) }
                return results
            }
            #expect(results.allSatisfy { $0 || !$1 })
            #expect(test.refusal(id) == .revoked)
        }
        #expect(try test.audit().rows > 100)
    }
}
