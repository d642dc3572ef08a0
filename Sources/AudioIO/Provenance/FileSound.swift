import AudioCore
import Glibc
import Watermark

/// The sound of a file as it is signed: that of WAV and FLAC as 16-bit samples, so that one can be turned into the
/// other; that of Ogg as its packets, because decoders differ in the last bit.
struct FileSound {
    private let file: AudioFileHandle
    /// Where the claim itself lies.
    private let claim: Int

    init(_ file: AudioFileHandle, claim: Int) {
        self.file = file
        self.claim = claim
    }

    /// Nil for a file of a format that is not signed.
    func digest() throws(AudioError) -> [UInt8]? {
        switch String(decoding: file.bytes(count: 4), as: UTF8.self) {
        case "RIFF", "fLaC": try samples()
        case "OggS": pages()
        default: nil
        }
    }

    private func samples() throws(AudioError) -> [UInt8] {
        let reader = try SndfileReader.open(file)
        var digest = SoundDigest()
        Self.append([UInt32(reader.format.sampleRate), UInt32(reader.format.channels)], to: &digest)
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4_096 * reader.format.channels)
        defer { block.deallocate() }
        var whole: [Int16] = []
        while true {
            let count = try reader.read(into: block) * reader.format.channels
            guard count > 0 else { break }
            whole.removeAll(keepingCapacity: true)
            for sample in block[..<count] { whole.append(WAVStreamWriter.sixteenBits(sample).littleEndian) }
            whole.withUnsafeBytes { digest.append($0) }
        }
        if let damage = reader.damage { throw damage }
        return digest.finish()
    }

    private static func append(_ numbers: [UInt32], to digest: inout SoundDigest) {
        numbers.map(\.littleEndian).withUnsafeBytes { digest.append($0) }
    }

    /// All packets but that with the claim.
    private func pages() -> [UInt8] {
        var digest = SoundDigest()
        var position = 0
        while let page = OggPage({ file.bytes(at: $0, count: $1) }, at: position) {
            if !page.range.contains(claim) { page.body.withUnsafeBytes { digest.append($0) } }
            position = page.range.upperBound
        }
        return digest.finish()
    }
}

/// A page of an Ogg file (RFC 3533, section 6).
struct OggPage {
    /// Header and body in the file.
    let range: Range<Int>
    private(set) var bytes: [UInt8]
    private let headerCount: Int

    private static let fixedHeader = 27
    private static let checksum = 22..<26

    var body: ArraySlice<UInt8> { bytes[headerCount...] }

    /// - Parameter read: bytes of the file: offset and count; fewer at its end.
    init?(_ read: (Int, Int) -> [UInt8], at position: Int) {
        let head = read(position, Self.fixedHeader + 255)
        guard head.count >= Self.fixedHeader, head.starts(with: "OggS".utf8) else { return nil }
        headerCount = Self.fixedHeader + Int(head[26])
        guard head.count >= headerCount else { return nil }
        let size = head[Self.fixedHeader..<headerCount].reduce(headerCount) { $0 + Int($1) }
        bytes = read(position, size)
        guard bytes.count == size else { return nil }
        range = position..<position + size
    }

    /// Replaces bytes and puts the checksum right.
    mutating func replace(at place: Int, with text: [UInt8]) {
        let start = place - range.lowerBound
        guard start >= headerCount, start + text.count <= bytes.count else { return }
        bytes.replaceSubrange(start..<start + text.count, with: text)
        bytes.replaceSubrange(Self.checksum, with: [0, 0, 0, 0])
        var sum: UInt32 = 0
        for byte in bytes {
            sum ^= UInt32(byte) << 24
            for _ in 0..<8 { sum = sum & 0x8000_0000 != 0 ? sum << 1 ^ 0x04C1_1DB7 : sum << 1 }
        }
        bytes.replaceSubrange(Self.checksum, with: withUnsafeBytes(of: sum.littleEndian, Array.init))
    }
}
