import AudioCore

/// The logical streams of a chained Ogg file, one after the other: what recording programs and internet radio leave
/// when they start a new stream in the same file. libsndfile reads the first and stops.
enum OggChain {
    private static let pageHeader = 27
    private static let mostSegments = 255
    private static let beginsStream: UInt8 = 2

    /// Byte ranges of the streams in the file, found by walking from page to page (RFC 3533, section 6).
    ///
    /// - Returns: the ranges, in order, which cover the file; empty for what is not Ogg.
    static func streams(in file: AudioFileHandle) -> [Range<Int>] {
        guard file.bytes(count: 4).elementsEqual("OggS".utf8) else { return [] }
        var starts: [Int] = []
        var position = 0
        // Streams that play together all begin before the first page of any of them.
        var isAmongBeginnings = false
        while let page = Page(file, at: position), !Task.isCancelled {
            if page.beginsStream && !isAmongBeginnings { starts.append(position) }
            isAmongBeginnings = page.beginsStream
            position += page.size
        }
        return starts.indices.map { starts[$0]..<($0 + 1 < starts.count ? starts[$0 + 1] : file.size) }
    }

    private struct Page {
        let beginsStream: Bool
        let size: Int

        init?(_ file: AudioFileHandle, at position: Int) {
            let bytes = file.bytes(at: position, count: pageHeader + mostSegments)
            guard bytes.count >= pageHeader, bytes.starts(with: "OggS".utf8) else { return nil }
            let segments = Int(bytes[26])
            guard bytes.count >= pageHeader + segments else { return nil }
            beginsStream = bytes[5] & OggChain.beginsStream != 0
            size = bytes[pageHeader..<pageHeader + segments].reduce(pageHeader + segments) { $0 + Int($1) }
        }
    }
}

extension SndfileReader {
    /// The whole of a file, also where it is several Ogg streams one after the other.
    static func open(_ file: AudioFileHandle) throws(AudioError) -> any AudioReader {
        let streams = OggChain.streams(in: file)
        guard streams.count > 1 else { return try SndfileReader(file) }
        return try ChainedReader(file, streams)
    }
}

/// Reads one stream of a chained file after the other, as long as they have the same format.
private final class ChainedReader: AudioReader {
    let format: AudioFormat
    private(set) var damage: AudioError?
    /// The headers tell the lengths one by one, and only when they are opened.
    var frameCount: Int? { nil }

    private let file: AudioFileHandle
    private var streams: ArraySlice<Range<Int>>
    private var current: SndfileReader?

    init(_ file: AudioFileHandle, _ streams: [Range<Int>]) throws(AudioError) {
        self.file = file
        let first = try SndfileReader(file, part: streams.first)
        self.streams = streams.dropFirst()
        format = first.format
        current = first
    }

    func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        while let reader = current {
            let frames = try reader.read(into: samples)
            if frames > 0 { return frames }
            damage = damage ?? reader.damage
            current = try next()
        }
        return 0
    }

    private func next() throws(AudioError) -> SndfileReader? {
        guard let range = streams.popFirst() else { return nil }
        let reader: SndfileReader
        do {
            reader = try SndfileReader(file, part: range)
        } catch  where error.code != .readFailed && error.code != .cancelled {
            return end("cannot be read: \(error.message)")
        }
        return reader.format == format ? reader : end("has another sample rate or number of channels.")
    }

    private func end(_ reason: String) -> SndfileReader? {
        damage = AudioError(.formatDamaged, "\(file.name) was read up to a stream in it that \(reason)")
        return nil
    }
}
