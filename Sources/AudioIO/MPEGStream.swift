/// An MP3 stream whose frames have different sizes and whose beginning does not say how many there are: internet radio,
/// what a program writes to a pipe, parts cut out of a file.
///
/// libsndfile reads as many samples as mpg123 expects from the file's size and the first frame's bit rate, and drops what
/// comes after them: a fifth of some files. So the frames are counted here, and the stream is shown with a first frame
/// that says the number ("Xing", as LAME writes it).
enum MPEGStream {
    /// As far as mpg123 looks for the next frame.
    private static let resynchronisation = 1024

    /// The header to read such a stream with; nil for every other file.
    static func header(for file: AudioFileHandle) -> StandInHeader? {
        let start = file.endOfTags
        var bytes = FileWindow(file)
        guard let first = MPEGFrameHeader(bytes.four(at: start)), first.follows(in: &bytes, after: start),
            !first.countsFrames(file.bytes(at: start, count: first.size))
        else { return nil }
        var (frames, position, varies) = (0, start, false)
        while let next = nextFrame(at: position, like: first, in: &bytes), !Task.isCancelled {
            frames += 1
            varies = varies || next.header.bitRate != first.bitRate
            position = next.position + next.header.size
        }
        guard varies else { return nil }
        return StandInHeader(header: first.counting(frames: frames), data: start..<file.size)
    }

    private static func nextFrame(
        at position: Int, like first: MPEGFrameHeader, in bytes: inout FileWindow
    ) -> (position: Int, header: MPEGFrameHeader)? {
        for candidate in position..<position + resynchronisation {
            guard let header = MPEGFrameHeader(bytes.four(at: candidate)) else { continue }
            // Four bytes in the midst of other things may look like a header.
            if header.isLike(first), candidate == position || header.follows(in: &bytes, after: candidate) {
                return (candidate, header)
            }
        }
        return nil
    }
}

/// The first four bytes of an MPEG audio frame of layer III (ISO/IEC 11172-3 and 13818-3, section 2.4.1.3).
private struct MPEGFrameHeader {
    private let bytes: UInt32
    /// kbit/s.
    let bitRate: Int
    /// Bytes of the frame.
    let size: Int

    private static let bitRates = [
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ]
    private static let sampleRates = [44_100, 48_000, 32_000]
    private static let paddingBit: UInt32 = 1 << 9
    private static let unprotectedBit: UInt32 = 1 << 16

    /// Nil for what is no such header, or does not tell its frame's size.
    init?(_ bytes: UInt32?) {
        guard let bytes, bytes >> 21 == 0x7FF, bytes >> 17 & 3 == 1, bytes >> 19 & 3 != 1 else { return nil }
        let isFirstVersion = bytes >> 19 & 3 == 3
        let (rate, code) = (Int(bytes >> 12 & 15), Int(bytes >> 10 & 3))
        guard (1...14).contains(rate), code < 3 else { return nil }
        let halvings = isFirstVersion ? 0 : bytes >> 19 & 3 == 2 ? 1 : 2
        self.bytes = bytes
        bitRate = Self.bitRates[isFirstVersion ? 1 : 0][rate]
        let unpadded = (isFirstVersion ? 144_000 : 72_000) * bitRate / (Self.sampleRates[code] >> halvings)
        size = unpadded + (bytes & Self.paddingBit != 0 ? 1 : 0)
    }

    private var isFirstVersion: Bool { bytes >> 19 & 3 == 3 }

    /// Bytes of the side information behind the header, without its checksum.
    private var sideInformation: Int {
        let isMono = bytes >> 6 & 3 == 3
        return isFirstVersion ? (isMono ? 17 : 32) : (isMono ? 9 : 17)
    }

    /// Whether version, layer and sample rate are the other's.
    func isLike(_ other: Self) -> Bool {
        (bytes ^ other.bytes) & 0xFFFE_0C00 == 0
    }

    /// Whether the frame that begins at `position` ends where another begins, or where the file does.
    func follows(in window: inout FileWindow, after position: Int) -> Bool {
        guard position + size < window.fileSize else { return position + size == window.fileSize }
        return MPEGFrameHeader(window.four(at: position + size)).map(isLike) ?? false
    }

    /// Whether the frame with these bytes holds the number of frames in place of sound.
    func countsFrames(_ frame: [UInt8]) -> Bool {
        func says(_ tag: String, at offset: Int) -> Bool { frame.dropFirst(offset).starts(with: tag.utf8) }
        let offset = 4 + sideInformation
        return says("Xing", at: offset) || says("Info", at: offset) || says("VBRI", at: 36)
    }

    /// A frame like this one that says that `frames` come after it.
    func counting(frames: Int) -> [UInt8] {
        let needed = 4 + sideInformation + 12
        for rate: UInt32 in 1...14 {
            let word = bytes & ~(Self.paddingBit | 15 << 12) | rate << 12 | Self.unprotectedBit
            guard let header = MPEGFrameHeader(word), header.size >= needed else { continue }
            let content =
                Self.bigEndian(word) + [UInt8](repeating: 0, count: sideInformation) + "Xing".utf8 + Self.bigEndian(1)
                + Self.bigEndian(UInt32(clamping: frames))
            return content + [UInt8](repeating: 0, count: header.size - content.count)
        }
        return []
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian, Array.init)
    }
}

/// A file's bytes, read a block at a time.
private struct FileWindow {
    private let file: AudioFileHandle
    private var block: [UInt8] = []
    private var start = 0

    private static let blockSize = 1 << 18
    /// More than a frame has, since what is looked at goes back and forth by one.
    private static let overlap = 4096

    init(_ file: AudioFileHandle) {
        self.file = file
    }

    var fileSize: Int { file.size }

    /// The four bytes at `position` as a big-endian number; nil where the file has ended.
    mutating func four(at position: Int) -> UInt32? {
        if position < start || position + 4 > start + block.count {
            guard position + 4 <= file.size else { return nil }
            start = max(0, position - Self.overlap)
            block = file.bytes(at: start, count: Self.blockSize)
        }
        guard position + 4 <= start + block.count else { return nil }
        return block[position - start..<position - start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
