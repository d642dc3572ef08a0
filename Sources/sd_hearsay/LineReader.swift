import Glibc

/// Lines from a descriptor, read only when there is something to read, so that other descriptors can be waited for too.
struct LineReader {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Where the bytes that were not handed out begin.
    private var start = 0
    /// Up to where there is no end of line.
    private var searched = 0

    /// Bytes of one line; a longer one is cut there, and its rest counts as the next.
    private static let longestLine = 1 << 20

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Takes in what waits; false at the end.
    mutating func fill() -> Bool {
        var block = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            buffer.removeSubrange(..<start)
            searched -= start
            start = 0
            buffer += block[..<count]
            return true
        }
    }

    /// The next whole line, without its end.
    mutating func next() -> String? {
        if let end = buffer[searched...].firstIndex(of: 0x0A) {
            defer { move(to: end + 1) }
            return String(decoding: buffer[start..<end], as: UTF8.self)
        }
        searched = buffer.count
        guard searched - start >= Self.longestLine else { return nil }
        defer { move(to: searched) }
        return String(decoding: buffer[start...], as: UTF8.self)
    }

    private mutating func move(to index: Int) {
        start = index
        searched = index
    }
}
