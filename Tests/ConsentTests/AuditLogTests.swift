import Crypto
import Foundation
import TestSupport
import Testing

@testable import Consent

/// The log: what was written is found whole, and nothing else is.
struct AuditLogTests {
    private let folder: TemporaryFolder
    private let key = Curve25519.Signing.PrivateKey()
    private let textKey = SymmetricKey(size: .bits256)

    init() throws {
        folder = try TemporaryFolder()
    }

    private var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }
    private var logPath: String { AuditVerification.logPath(in: folder.path) }
    private var headPath: String { AuditVerification.headPath(in: folder.path) }

    private func open() throws -> AuditLog {
        try AuditLog(folder: folder.path, signingKey: key, textKey: textKey)
    }

    private func fill(_ rows: Int, _ log: AuditLog) throws {
        for index in 0..<rows {
            let event = AuditEvent(
                .use, actor: AuditEvent.Actor(user: 1_000, process: 7), consent: "c\(index % 5)", seconds: index,
                text: "text \(index)")
            try log.append(event, now: 1_000 + index)
        }
    }

    private func verify(_ known: AuditHead? = nil) throws -> AuditVerification.Summary {
        try AuditVerification(folder: folder.path, key: publicKey, known: known).run()
    }

    @Test func aWholeLogIsWhole() throws {
        #expect(try verify().rows == 0)
        var heads: [AuditHead] = []
        for rows in [1, 62, 1, 1, 80] {
            // Opened anew, it goes on where it was.
            let log = try open()
            try fill(rows, log)
            heads.append(try #require(log.head))
        }
        let summary = try verify()
        #expect(summary.rows == 145 && summary.head == heads.last)
        for head in heads { #expect(try verify(head).rows == 145) }
        #expect(AuditHead(heads[0].description) == heads[0])
        #expect(try FileManager.default.attributesOfItem(atPath: logPath)[.posixPermissions] as? Int == 0o600)
    }

    @Test func textsAreNotInIt() throws {
        let log = try open()
        let secret = "the canary sings"
        for kind in AuditEvent.Kind.allCases {
            try log.append(
                AuditEvent(
                    kind, actor: AuditEvent.Actor(user: 1, process: 2, program: "ab\tc\nd"), consent: "a\tb\nc",
                    detail: "x\n1\t2", text: secret), now: 5)
        }
        #expect(try verify().rows == AuditEvent.Kind.allCases.count)
        let text = try folder.text("audit.log")
        #expect(!text.contains("canary"))
        // A digest without a key would tell whoever guesses the text.
        let plain = SHA256.hash(data: Data(secret.utf8)).map { String($0 >> 4, radix: 16) }.joined()
        #expect(!text.contains(plain.prefix(16)))
    }

    /// Every one of 1,000 random changes is found, by the machine's key and by the log's own word alike.
    @Test func everyChangeIsFound() throws {
        let log = try open()
        try fill(150, log)
        let (oldLog, oldHead) = (try folder.read("audit.log"), try folder.read("audit.head"))
        try fill(150, log)
        let (whole, head) = (try folder.read("audit.log"), try folder.read("audit.head"))
        let elsewhere = try AuditLogTests()
        try elsewhere.fill(300, AuditLog(folder: elsewhere.folder.path, signingKey: key, textKey: textKey))
        let otherRows = Self.lines(try elsewhere.folder.read("audit.log"))
        #expect(try verify().rows == 300)

        var generator = SeededGenerator(seed: 11)
        var kinds = [0, 0, 0, 0, 0, 0, 0, 0, 0]
        for _ in 0..<1_000 {
            let kind = Int.random(in: 0..<kinds.count, using: &generator)
            var (changedLog, changedHead) = (whole, head)
            var rows = Self.lines(whole)
            let row = Int.random(in: 0..<rows.count, using: &generator)
            switch kind {
            case 0: changedLog = Self.flipped(whole, &generator)
            case 1: changedHead = Self.flipped(head, &generator)
            case 2:
                rows.remove(at: row)
                changedLog = Self.joined(rows)
            case 3:
                let other = (row + Int.random(in: 1..<rows.count, using: &generator)) % rows.count
                rows.swapAt(row, other)
                changedLog = Self.joined(rows)
            case 4: changedLog = Self.joined(Array(rows[..<row]))
            case 5: changedLog = whole.prefix(Int.random(in: 0..<whole.count - 1, using: &generator))
            case 6:
                rows.insert(rows[row], at: Int.random(in: 0...rows.count, using: &generator))
                changedLog = Self.joined(rows)
            case 7:
                rows[row] = otherRows[row]
                changedLog = Self.joined(rows)
            default:
                if Bool.random(using: &generator) { changedLog = oldLog } else { changedHead = Data() }
            }
            guard changedLog != whole || changedHead != head else { continue }
            kinds[kind] += 1
            try changedLog.write(to: URL(filePath: logPath))
            try changedHead.write(to: URL(filePath: headPath))
            for key in [publicKey, nil] {
                let error = #expect(throws: ConsentError.self, "kind \(kind)") {
                    try AuditVerification(folder: folder.path, key: key).run()
                }
                #expect(error?.code == .chainBroken && error?.row != nil)
            }
        }
        #expect(kinds.allSatisfy { $0 > 50 })

        // Old copies of both are a log that was whole once: only somebody who knows a later row can tell.
        try oldLog.write(to: URL(filePath: logPath))
        try oldHead.write(to: URL(filePath: headPath))
        #expect(try verify().rows == 150)
        #expect(throws: ConsentError.self) { try verify(log.head) }
    }

    @Test func everyByteCounts() throws {
        try fill(3, open())
        let (whole, head) = (try folder.read("audit.log"), try folder.read("audit.head"))
        for (path, content) in [(logPath, whole), (headPath, head)] {
            for index in content.indices {
                var changed = content
                changed[index] ^= 0x01
                try changed.write(to: URL(filePath: path))
                #expect(throws: ConsentError.self, "byte \(index)") { try verify() }
            }
            try content.write(to: URL(filePath: path))
        }
        #expect(try verify().rows == 3)
    }

    /// A log written anew with another key is whole by its own word, and not by the machine's.
    @Test func anotherKeyIsNotOurs() throws {
        let other = try AuditLog(folder: folder.path, signingKey: Curve25519.Signing.PrivateKey(), textKey: textKey)
        try fill(5, other)
        #expect(try AuditVerification(folder: folder.path).run().rows == 5)
        #expect(throws: ConsentError.self) { try verify() }
        #expect(throws: ConsentError.self) { try open() }
    }

    @Test func whatACrashLeavesIsMended() throws {
        try fill(70, open())
        let (whole, head) = (try folder.read("audit.log"), try folder.read("audit.head"))
        let rows = Self.lines(whole)
        for cut in [whole.count - 1, whole.count - 100] {
            // A part of a row that nobody was told of.
            try (whole + rows[3].prefix(cut % 50)).write(to: URL(filePath: logPath))
            try head.write(to: URL(filePath: headPath))
            let log = try open()
            #expect(log.head?.row == 70)
            try fill(1, log)
            #expect(try verify().rows == 71)
            try whole.write(to: URL(filePath: logPath))
            try head.write(to: URL(filePath: headPath))
        }
        // The end is older than the log, as after a crash between the two.
        let log = try open()
        try fill(1, log)
        try head.write(to: URL(filePath: headPath))
        #expect(try verify().rows == 71)
        #expect(try open().head?.row == 71)
    }

    @Test func aLogThatCannotBeWrittenSaysSo() throws {
        let log = try open()
        try fill(1, log)
        // The log's end cannot be replaced where a folder has its name.
        try FileManager.default.removeItem(atPath: headPath)
        try FileManager.default.createDirectory(
            atPath: headPath + "/x", withIntermediateDirectories: true)
        let error = #expect(throws: ConsentError.self) { try fill(1, log) }
        #expect(error?.code == .auditUnavailable)
    }

    private static func lines(_ data: Data) -> [Data] { data.split(separator: 0x0A).map { Data($0) } }

    private static func joined(_ rows: [Data]) -> Data { Data(rows.flatMap { $0 + [0x0A] }) }

    private static func flipped(_ data: Data, _ generator: inout SeededGenerator) -> Data {
        var bytes = [UInt8](data)
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
        return Data(bytes)
    }
}
