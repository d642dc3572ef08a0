import AudioCore
import Glibc

/// Writes mono 16-bit WAV to a descriptor without going back: for pipes.
final class WAVStreamWriter: SampleTarget {
    let sampleRate: Int
    private let descriptor: Int32
    private let name: String
    private let closes: Bool
    /// Where the header lies, when the descriptor turns out to be a file.
    private let headerOffset: off_t?
    private var dataBytes = 0
    private var encoded: [Int16] = []
    private var hasHeader = false

    init(_ descriptor: Int32, name: String, sampleRate: Int, closes: Bool) {
        self.descriptor = descriptor
        self.name = name
        self.sampleRate = sampleRate
        self.closes = closes
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        // With O_APPEND, a write at an offset goes to the end all the same.
        let appends = fcntl(descriptor, F_GETFL) & O_APPEND != 0
        let offset = isFile && !appends ? lseek(descriptor, 0, SEEK_CUR) : -1
        headerOffset = offset >= 0 ? offset : nil
    }

    deinit {
        if closes { close(descriptor) }
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        try writeHeaderOnce()
        encoded.removeAll(keepingCapacity: true)
        for sample in samples {
            encoded.append(Self.sixteenBits(sample).littleEndian)
        }
        dataBytes += 2 * encoded.count
        try write(encoded)
    }

    func finish() throws(AudioError) {
        try writeHeaderOnce()
        guard let headerOffset, let size = UInt32(exactly: dataBytes), size < UInt32.max - 36 else { return }
        let header = Self.header(sampleRate: sampleRate, dataBytes: size)
        guard pwrite(descriptor, header, header.count, headerOffset) == header.count else {
            throw PartFile.failed(name, "completed", errno)
        }
    }

    private func writeHeaderOnce() throws(AudioError) {
        guard !hasHeader else { return }
        hasHeader = true
        let header = Self.header(sampleRate: sampleRate, dataBytes: .max - 36)
        try write(header)
    }

    private func write(_ values: [some BitwiseCopyable]) throws(AudioError) {
        let outcome = values.withUnsafeBytes { bytes in Result { () throws(AudioError) in try write(bytes) } }
        try outcome.get()
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(AudioError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try waitForReader()
            // A pipe that is ready takes this much without waiting, so that a cancelled task can leave.
            let piece = rest.prefix(Int(PIPE_BUF))
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: piece).baseAddress, piece.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                throw PartFile.failed(name, "written", errno)
            }
        }
    }

    private func waitForReader() throws(AudioError) {
        while true {
            guard !Task.isCancelled else { throw AudioError(.cancelled, "Writing \(name) was cancelled.") }
            var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            // What cannot be polled says so when it is written to.
            if Glibc.poll(&poll, 1, 100) != 0 { return }
        }
    }

    /// A sample in 16 bits; what lies outside ±1 is cut off, what is no number is silence.
    static func sixteenBits(_ sample: Float) -> Int16 {
        let scaled = (sample * 0x1p15).rounded()
        // NaN fails both comparisons.
        return scaled >= 0x1p15 ? .max : scaled > -0x1p15 ? Int16(scaled) : scaled <= -0x1p15 ? .min : 0
    }

    /// The 44 bytes before the samples.
    static func header(sampleRate: Int, dataBytes: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ text: StaticString) { text.withUTF8Buffer { bytes += $0 } }
        func append<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
        }
        append("RIFF")
        append(dataBytes + 36)
        append("WAVEfmt ")
        append(UInt32(16))
        append(UInt16(1))
        append(UInt16(1))
        append(UInt32(sampleRate))
        append(UInt32(sampleRate * 2))
        append(UInt16(2))
        append(UInt16(16))
        append("data")
        append(dataBytes)
        return bytes
    }
}
