import Crypto
import Glibc
import TestSupport
import Testing

@testable import SpeakerIdentity

/// What an embedding gives away: nothing.
@Suite(.serialized)
struct SpeakerEmbeddingTests {
    private static func make(_ values: [Float], model: String = "encoder 1") throws -> SpeakerEmbedding {
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
        defer { buffer.deallocate() }
        _ = buffer.initialize(fromContentsOf: values)
        return try SpeakerEmbedding(UnsafeBufferPointer(buffer), model: model)
    }

    private static func code(_ body: () throws -> Void) -> SpeakerIdentityError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? SpeakerIdentityError)?.code
        }
    }

    @Test func similarityIsTheCosine() throws {
        let a = try Self.make([3, 4, 0])
        let b = try Self.make([0, 0, -7])
        let c = try Self.make([-3, -4, 0])
        #expect(abs(try a.similarity(to: a) - 1) < 1e-6)
        #expect(abs(try a.similarity(to: b)) < 1e-6)
        #expect(abs(try a.similarity(to: c) + 1) < 1e-6)
        let other = try Self.make([3, 4, 0], model: "encoder 2")
        let longer = try Self.make([3, 4, 0, 0])
        #expect(Self.code { _ = try a.similarity(to: other) } == .modelMismatch)
        #expect(Self.code { _ = try a.similarity(to: longer) } == .modelMismatch)
    }

    @Test(
        arguments: [
            [], [0, 0], [.nan, 1], [.infinity], [Float](repeating: 1, count: SpeakerEmbedding.largestDimension + 1),
        ] as [[Float]])
    func whatIsNoEmbeddingIsRefused(values: [Float]) {
        #expect(Self.code { _ = try Self.make(values) } == .embeddingInvalid)
    }

    @Test func opensForItsRecordKeyAndEncoderOnly() throws {
        let key = SymmetricKey(size: .bits256)
        let original = try Self.make((0..<256).map { Float($0) - 100 })
        let record = Array("record".utf8)
        let sealed = try original.sealed(with: key, for: record)
        let opened = try SpeakerEmbedding(unsealing: sealed, with: key, for: record, model: "encoder 1")
        #expect(opened.dimension == 256)
        #expect(abs(try opened.similarity(to: original) - 1) < 1e-6)
        // Twice the same is never the same bytes.
        let again = try original.sealed(with: key, for: record)
        #expect(again != sealed)

        #expect(Self.code { _ = try original.sealed(with: SymmetricKey(size: .bits128), for: record) } == .sealInvalid)
        for (bytes, key, record, model) in [
            (sealed, SymmetricKey(size: .bits256), record, "encoder 1"),
            (sealed, key, Array("record2".utf8), "encoder 1"), (sealed, key, record, "encoder 2"),
            (Array(sealed.dropLast()), key, record, "encoder 1"), (sealed + [0, 0, 0, 0], key, record, "encoder 1"),
            ([], key, record, "encoder 1"), ([UInt8](repeating: 0, count: 1 << 20), key, record, "encoder 1"),
        ] {
            let code = Self.code { _ = try SpeakerEmbedding(unsealing: bytes, with: key, for: record, model: model) }
            #expect(code == .sealInvalid)
        }
    }

    @Test func theMannerIsSealedWithIt() throws {
        let key = SymmetricKey(size: .bits256)
        let values: [Float] = [3, 4]
        let manner: [Float] = [5, 6, 7]
        let sealed = try values.withUnsafeBufferPointer { values in
            try manner.withUnsafeBufferPointer { manner in
                try SpeakerEmbedding(values, manner: manner, model: "m").sealed(with: key, for: [])
            }
        }
        let opened = try SpeakerEmbedding(unsealing: sealed, with: key, for: [], model: "m")
        #expect(opened.dimension == 2)
        let numbers = try #require(opened.withVoice { Array($0) })
        #expect(numbers == [0.6, 0.8, 5, 6, 7])
        let without = try Self.make(values).withVoice { $0.count }
        #expect(without == nil)
    }

    @Test func noFlippedBitOpens() throws {
        let key = SymmetricKey(size: .bits256)
        let sealed = try Self.make([1, 2, 3]).sealed(with: key, for: [])
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            let code = Self.code {
                _ = try SpeakerEmbedding(unsealing: changed, with: key, for: [], model: "encoder 1")
            }
            #expect(code == .sealInvalid)
        }
    }

    /// The kernel's own word on the memory: locked, not in dumps, empty in children.
    @Test func memoryIsLockedAndStaysOutOfDumps() throws {
        let memory = try LockedMemory(count: 100)
        let address = memory.withBytes { UInt(bitPattern: $0.baseAddress) }
        let flags = try #require(Self.mapFlags(of: address))
        #expect(flags.contains("lo") && flags.contains("dd") && flags.contains("wf"), "\(flags)")
    }

    /// Bytes of the embedding in this process: some while it lives, all of them in locked memory; none afterwards.
    @Test func nothingIsLeftInMemory() throws {
        var generator = SystemRandomNumberGenerator()
        let key = SymmetricKey(size: .bits256)
        // What is searched for is kept disguised, so that the search does not find itself.
        var disguised: [UInt8] = []
        let sealed = try {
            let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 256)
            defer { values.deallocate() }
            for index in values.indices { values[index] = Float.random(in: -1...1, using: &generator) }
            let embedding = try SpeakerEmbedding(UnsafeBufferPointer(values), model: "m")
            values.baseAddress.map { explicit_bzero($0, 256 * 4) }
            return try embedding.sealed(with: key, for: [])
        }()
        do {
            let embedding = try SpeakerEmbedding(unsealing: sealed, with: key, for: [], model: "m")
            disguised = try embedding.disguisedBytes()
            #expect(try MemorySearch.occurrences(of: disguised) == 1)
        }
        #expect(try MemorySearch.occurrences(of: disguised) == 0)
    }

    /// `VmFlags` of the mapping that holds an address.
    private static func mapFlags(of address: UInt) -> [String]? {
        guard let file = fopen("/proc/self/smaps", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        var isInside = false
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
            let ends = (words.first ?? "").split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2 { isInside = (ends[0]..<max(ends[0], ends[1])).contains(address) }
            if isInside, words.first == "VmFlags:" { return Array(words.dropFirst()) }
        }
        return nil
    }
}

extension SpeakerEmbedding {
    /// Its bytes as ``MemorySearch`` takes them, never in the clear.
    borrowing func disguisedBytes() throws -> [UInt8] {
        withBytes { bytes in bytes.map { $0 ^ MemorySearch.mask } }
    }
}
