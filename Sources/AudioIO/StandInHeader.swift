/// A file as libsndfile is shown it: a header written here, and a part of the file behind it.
struct StandInHeader {
    /// What comes before the part, in place of the file's own header.
    let header: [UInt8]
    /// The part of the file.
    let data: Range<Int>

    /// Bytes that libsndfile sees.
    var size: Int { header.count + data.count }
}

extension AudioFileHandle {
    /// The end of the ID3 tags that some programs put before a file, and over which libsndfile skips.
    var endOfTags: Int {
        var position = 0
        for _ in 0..<16 {
            let head = bytes(at: position, count: 10)
            guard head.count == 10, head.starts(with: "ID3".utf8) else { break }
            position += 10 + head[6...].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
        }
        return position
    }
}
