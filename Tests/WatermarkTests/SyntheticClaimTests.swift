import Foundation
import Testing

@testable import Watermark

@Suite struct SyntheticClaimTests {
    private let key: MarkingKey
    private let digest = (0..<32).map { UInt8($0) }

    init() throws { key = try MarkingKey(secret: [UInt8](repeating: 7, count: 32)) }

    @Test func aSignedClaimIsReadBackAndTrueOfItsSoundOnly() throws {
        let claim = try SyntheticClaim.signed(version: "1.2.3", digest: digest, by: key)
        let read = try #require(SyntheticClaim(prefixOf: Array(claim.text.utf8) + Array("&whatever".utf8)))
        #expect(read == claim && read.version == "1.2.3" && read.publicKey == key.publicKey)
        #expect(read.isTrue(of: digest))
        for bit in 0..<8 {
            var other = digest
            other[bit * 4] ^= 1 << UInt8(bit)
            #expect(!read.isTrue(of: other))
        }
    }

    @Test func aClaimOfAnotherVersionOrKeyIsNotTrue() throws {
        let claim = try SyntheticClaim.signed(version: "1.2.3", digest: digest, by: key)
        let other = try MarkingKey(secret: [UInt8](repeating: 8, count: 32))
        #expect(other.publicKey != key.publicKey && other.watermark != key.watermark)
        for (from, to) in [("1.2.3", "1.2.4"), (key.publicKey, other.publicKey)] {
            let text = claim.text.replacingOccurrences(of: from, with: to)
            let changed = try #require(SyntheticClaim(prefixOf: Array(text.utf8)))
            #expect(!changed.isTrue(of: digest))
        }
    }

    @Test func placeholderTakesAsMuchRoomAsTheClaim() throws {
        let placeholder = SyntheticClaim.placeholder(version: "9", key: key)
        let claim = try SyntheticClaim.signed(version: "9", digest: digest, by: key)
        #expect(placeholder.text.utf8.count == claim.text.utf8.count)
        #expect(!placeholder.isTrue(of: digest))
        let unsigned = SyntheticClaim.placeholder(version: "9", key: nil)
        #expect(
            unsigned.text == "synthetic=1; generator=hearsay/9; digitalSourceType=trainedAlgorithmicMedia")
        #expect(SyntheticClaim(prefixOf: Array(unsigned.text.utf8)) == unsigned)
    }

    @Test func damagedLinesAreRefused() throws {
        let text = try SyntheticClaim.signed(version: "1", digest: digest, by: key).text
        for length in stride(from: 0, to: text.utf8.count, by: 7) {
            let claim = SyntheticClaim(prefixOf: Array(text.utf8.prefix(length)))
            #expect(claim?.signature == nil)
        }
        #expect(SyntheticClaim(prefixOf: Array(text.replacingOccurrences(of: ":", with: ";").utf8))?.signature == nil)
        #expect(SyntheticClaim(prefixOf: [UInt8](repeating: 0xFF, count: 400)) == nil)
    }

    @Test func theKeyIsMadeOnceAndKeptFromOthers() throws {
        let folder = NSTemporaryDirectory() + "hearsay-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let keys = try (0..<3).map { _ in try MarkingKey.open(folder: folder + "/keys") }
        #expect(Set(keys.map(\.publicKey)).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/keys") == ["marking.key"])
        let path = folder + "/keys/marking.key"
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(chmod(path, 0o640) == 0)
        let error = #expect(throws: WatermarkError.self) { try MarkingKey.open(folder: folder + "/keys") }
        #expect(error?.code == .keyUnavailable)
        #expect(throws: WatermarkError.self) { try MarkingKey.open(environment: [:]) }
        #expect(throws: WatermarkError.self) { try MarkingKey(secret: [1, 2]) }
    }
}
