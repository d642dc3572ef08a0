/// The size of a WAV file's data chunk where the header says 0 although sound follows.
///
/// A program that writes to a pipe, or dies, leaves the size as it was first written: 0 or 2³² − 1. libsndfile reads the
/// latter to the end of the file, but takes the former at its word.
struct WAVSizePatch {
    /// Where the four bytes of the size are, from the start of the file.
    private let offset: Int
    private let bytes: [UInt8]

    private static let chunkHeader = 8
    /// Real headers have a handful of chunks before the data.
    private static let chunksSearched = 64

    /// Nil for everything but a WAV file whose data chunk claims to be empty and is not.
    init?(_ file: AudioFileHandle) {
        let riff = file.bytes(count: 12)
        guard riff.starts(with: "RIFF".utf8), riff.dropFirst(8).elementsEqual("WAVE".utf8) else { return nil }
        var position = riff.count
        for _ in 0..<Self.chunksSearched {
            let header = file.bytes(at: position, count: Self.chunkHeader)
            guard header.count == Self.chunkHeader else { return nil }
            let size = Self.size(header)
            if header.starts(with: "data".utf8) {
                let start = position + Self.chunkHeader
                guard size == 0, start < file.size, !Self.isChunk(file, at: start) else { return nil }
                let actual = UInt32(clamping: file.size - start)
                offset = position + 4
                bytes = withUnsafeBytes(of: actual.littleEndian, Array.init)
                return
            }
            // Chunks start at even offsets.
            position += Self.chunkHeader + size + size & 1
        }
        return nil
    }

    /// Replaces those of the size's bytes that lie in `block`, which was read at `position`.
    func apply(to block: UnsafeMutableRawBufferPointer, at position: Int) {
        for (i, byte) in bytes.enumerated() where block.indices.contains(offset + i - position) {
            block[offset + i - position] = byte
        }
    }

    /// Whether a chunk with a printable name that fits into the file starts here: then the data really is empty.
    private static func isChunk(_ file: AudioFileHandle, at position: Int) -> Bool {
        let header = file.bytes(at: position, count: chunkHeader)
        return header.count == chunkHeader && header.prefix(4).allSatisfy { (0x20...0x7E).contains($0) }
            && position + chunkHeader + size(header) <= file.size
    }

    private static func size(_ header: [UInt8]) -> Int {
        header[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
