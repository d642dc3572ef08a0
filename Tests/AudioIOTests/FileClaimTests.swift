import AudioCore
import Foundation
import TestSupport
import Testing
import Watermark

@testable import AudioIO

@Suite struct FileClaimTests {
    private let provenance: FileProvenance
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        provenance = FileProvenance(version: "7.8.9", key: try MarkingKey(secret: [UInt8](repeating: 3, count: 32)))
    }

    @Test(arguments: ["a.wav", "a.flac", "a.opus", "a.ogg"]) func aWrittenFileIsSigned(name: String) throws {
        let path = try write(name, provenance)
        guard case .valid(let claim) = try FileClaim.read(path) else {
            Issue.record("\(try FileClaim.read(path))")
            return
        }
        #expect(claim.version == "7.8.9" && claim.publicKey == provenance.key?.publicKey)
        // It is still sound of the same length.
        let reader = try AudioFile.open(path)
        var samples = 0
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4_096)
        defer { block.deallocate() }
        while case let count = try reader.read(into: block), count > 0 { samples += count }
        #expect(samples * 24_000 / reader.format.sampleRate == 12_000)
        #expect(reader.damage == nil)
    }

    @Test(arguments: ["a.wav", "a.flac", "a.opus"]) func anyBitOfTheSoundThatChangesBreaksIt(name: String) throws {
        let path = try write(name, provenance)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let changed = path + name
        for place in stride(from: bytes.count - 200, to: bytes.count / 2, by: -997) {
            var copy = bytes
            copy[place] ^= 0x10
            try copy.write(to: URL(fileURLWithPath: changed))
            // What can no longer be decoded is refused otherwise.
            if let claim = try? FileClaim.read(changed) {
                guard case .broken = claim else {
                    Issue.record("\(place): \(claim)")
                    continue
                }
            }
        }
    }

    @Test func withoutAKeyTheFileSaysWhatItIsAllTheSame() throws {
        let path = try write("b.wav", FileProvenance(version: "1", key: nil))
        guard case .unsigned(let claim) = try FileClaim.read(path) else {
            Issue.record("not unsigned")
            return
        }
        #expect(claim.version == "1")
    }

    @Test func otherFilesSayNothing() throws {
        #expect(try FileClaim.read(try write("c.wav", nil)) == .none)
        let path = folder.path + "/empty"
        #expect(FileManager.default.createFile(atPath: path, contents: Data()))
        #expect(try FileClaim.read(path) == .none)
    }

    /// libogg is the reference.
    @Test func pagesThatAreChangedKeepAProperChecksum() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try write("d.opus", nil))))
        let read = { (place: Int, count: Int) in Array(bytes[min(place, bytes.count)..<min(place + count, bytes.count)])
        }
        var position = 0
        var pages = 0
        while var page = OggPage(read, at: position) {
            // The same bytes again: the checksum must be the one that libogg wrote.
            let before = page.bytes
            page.replace(at: page.range.upperBound - 1, with: [before[before.count - 1]])
            #expect(page.bytes == before)
            position = page.range.upperBound
            pages += 1
        }
        #expect(position == bytes.count && pages >= 3)
    }

    private func write(_ name: String, _ provenance: FileProvenance?) throws -> String {
        let path = folder.path + "/" + name
        let writer = try AudioFileWriter(path: path, sampleRate: 24_000, provenance: provenance)
        let samples = (0..<12_000).map { 0.3 * sin(Float($0) * 0.05) + 0.1 * sin(Float($0) * 0.31) }
        try samples.withUnsafeBufferPointer { try writer.write($0) }
        try writer.finish()
        return path
    }
}
