import AudioCore

/// A WAV file as libsndfile is shown it: a header written here, with the format and the data's size, and the data.
///
/// libsndfile reads every chunk, wanted or not, and does not come back from some: a sub-chunk of LIST whose size wraps
/// around keeps it in a loop that calls nothing of ours (its issue 1118). So chunks are walked here, and what sound does
/// not need is left out. The data's size is mended on the way: a program that writes to a pipe, or dies, leaves it as it
/// was first written, 0 or 2³² − 1.
enum WAVContainer {
    /// Real headers have a handful of chunks before the data.
    private static let chunksSearched = 4096
    /// Real formats take up to 50 bytes; the rest of a longer one is left out.
    private static let formatLimit = 1024

    /// The header to read a WAV file (RIFF, RIFX or RF64) with; nil for every other file.
    ///
    /// - Throws: ``AudioError/Code/formatDamaged`` without a format before the data, or without data.
    static func header(for file: AudioFileHandle) throws(AudioError) -> StandInHeader? {
        let start = file.endOfTags
        guard let order = RIFFOrder(file.bytes(at: start, count: 12)) else { return nil }
        var (format, fact, wideSize): ([UInt8]?, [UInt8]?, Int?)
        var position = start + 12
        for _ in 0..<chunksSearched {
            let head = file.bytes(at: position, count: 8)
            guard head.count == 8 else { break }
            let size = order.number(head[4..<8])
            let body = position + 8
            switch String(decoding: head[..<4], as: UTF8.self) {
            case "fmt " where format == nil:
                format = file.bytes(at: body, count: min(size, formatLimit))
            case "fact" where fact == nil:
                fact = file.bytes(at: body, count: min(size, 4))
            case "ds64":
                let sizes = file.bytes(at: body, count: min(size, 16))
                if sizes.count == 16 { wideSize = Int(clamping: RIFFOrder.little.wideNumber(sizes[8...])) }
            case "data":
                guard let format else { throw damaged(file, "its data comes before its format") }
                let data = data(file, at: body, size: size, wideSize: wideSize, order)
                return StandInHeader(
                    header: order.header(format: format, fact: fact, dataSize: data.count), data: data)
            default:
                break
            }
            // Chunks start at even offsets.
            position = body + size + size & 1
        }
        throw damaged(file, "it has no data chunk")
    }

    /// Where the data lies: to the end of the file when its size is unknown or goes beyond it.
    private static func data(
        _ file: AudioFileHandle, at start: Int, size: Int, wideSize: Int?, _ order: RIFFOrder
    ) -> Range<Int> {
        let available = max(0, file.size - start)
        var size = size
        if size == Int(UInt32.max) { size = wideSize ?? available }
        if size == 0, !isChunk(file, at: start, order) { size = available }
        return start..<(start + min(size, available))
    }

    /// Whether a chunk with a printable name that fits into the file starts here: then a size of 0 really is one.
    private static func isChunk(_ file: AudioFileHandle, at position: Int, _ order: RIFFOrder) -> Bool {
        let head = file.bytes(at: position, count: 8)
        return head.count == 8 && head[..<4].allSatisfy { (0x20...0x7E).contains($0) }
            && position + 8 + order.number(head[4..<8]) <= file.size
    }

    private static func damaged(_ file: AudioFileHandle, _ why: String) -> AudioError {
        AudioError(.formatDamaged, "\(file.name) is a damaged WAV file: \(why).")
    }
}

/// The byte order of a RIFF file's numbers, and whether its sizes may be 64 bits wide.
private enum RIFFOrder {
    case little, big

    /// From the first 12 bytes of a file; nil when it is not a WAV file.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 12, bytes[8...].elementsEqual("WAVE".utf8) else { return nil }
        switch String(decoding: bytes[..<4], as: UTF8.self) {
        case "RIFF", "RF64": self = .little
        case "RIFX": self = .big
        default: return nil
        }
    }

    func number(_ bytes: ArraySlice<UInt8>) -> Int {
        let ordered = self == .little ? Array(bytes.reversed()) : Array(bytes)
        return ordered.reduce(0) { $0 << 8 | Int($1) }
    }

    func wideNumber(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A WAV header with these chunks' bodies, which the data follows; RF64 where its size needs more than 32 bits.
    func header(format: [UInt8], fact: [UInt8]?, dataSize: Int) -> [UInt8] {
        var body = chunk("fmt ", format)
        if let fact, fact.count == 4 { body += chunk("fact", fact) }
        body += "data".utf8
        let isWide = self == .little && dataSize > Int(UInt32.max) - 4096
        body += isWide ? [UInt8](repeating: 0xFF, count: 4) : bytes(dataSize)
        guard isWide else {
            return Array((self == .little ? "RIFF" : "RIFX").utf8) + bytes(4 + body.count + dataSize) + "WAVE".utf8
                + body
        }
        let sizes = [4 + 36 + body.count + dataSize, dataSize, 0].flatMap { value in
            withUnsafeBytes(of: UInt64(value).littleEndian, Array.init)
        }
        return "RF64".utf8 + [UInt8](repeating: 0xFF, count: 4) + "WAVE".utf8 + chunk("ds64", sizes + bytes(0)) + body
    }

    private func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
        name.utf8 + bytes(body.count) + body + [UInt8](repeating: 0, count: body.count & 1)
    }

    /// A number of 32 bits, the highest for one that needs more.
    private func bytes(_ value: Int) -> [UInt8] {
        let number = UInt32(clamping: value)
        return withUnsafeBytes(of: self == .little ? number.littleEndian : number.bigEndian, Array.init)
    }
}
