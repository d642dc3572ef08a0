import Glibc

/// What the module says to speech-dispatcher: replies, events, and sound as event 705.
struct ModuleOutput {
    let descriptor: Int32

    /// Nobody listens any more.
    struct Closed: Error, CustomStringConvertible {
        let number: Int32
        var description: String { "speech-dispatcher does not listen: \(String(cString: strerror(number)))" }
    }

    init(descriptor: Int32) {
        self.descriptor = descriptor
        // What waits in the pipe is still heard after a pause was asked for: let it be little. Not all systems can.
        _ = fcntl(descriptor, .setPipeSize, Int32(1 << 14))
    }

    /// Lines of a reply or an event.
    func send(_ lines: String...) throws(Closed) {
        try write(Array(lines.map { "\($0)\n" }.joined().utf8))
    }

    /// Sound: 16-bit mono samples, little-endian.
    func send(sound: some Collection<UInt8>, rate: Int) throws(Closed) {
        var bytes = Array(
            """
            705-bits=16
            705-num_channels=1
            705-sample_rate=\(rate)
            705-num_samples=\(sound.count / 2)
            705-big_endian=0
            705-AUDIO\0
            """.utf8)
        bytes.reserveCapacity(bytes.count + sound.count + sound.count / 8)
        // What would be the end of a line, or the escape itself, is escaped as in HDLC.
        for byte in sound {
            if byte == 0x0A || byte == 0x7D {
                bytes += [0x7D, byte ^ 0x20]
            } else {
                bytes.append(byte)
            }
        }
        try write(bytes + Array("\n705 AUDIO\n".utf8))
    }

    private func write(_ bytes: [UInt8]) throws(Closed) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { throw Closed(number: errno) }
            rest = rest.dropFirst(max(0, count))
        }
    }
}

extension Int32 {
    /// glibc's `F_SETPIPE_SZ`, which its headers hide from Swift.
    fileprivate static let setPipeSize: Int32 = 1031
}
