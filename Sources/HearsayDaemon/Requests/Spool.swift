internal import Glibc
package import Pipelines
internal import Tensors
internal import WireProtocol

/// Bytes on disk that belong to one request: a recording that arrives, before it is transcribed. The file has no name and
/// goes with the value.
package final class Spool: Sendable {
    /// What all spools of a daemon share: the folder, and how much each user has in it.
    final class Store: Sendable {
        private let folder: String
        private let used = Locked<[UInt32: Int]>([:])

        init(folder: String) {
            self.folder = folder
        }

        /// Bytes of all users.
        var bytes: Int { used.withLock { $0.values.reduce(0, +) } }

        fileprivate func reserve(_ count: Int, _ user: UInt32, limit: Int) throws(DaemonError) {
            try used.withLock { (used: inout [UInt32: Int]) throws(DaemonError) in
                let total = used[user, default: 0] + count
                guard total <= limit else {
                    throw DaemonError(
                        .storageFull,
                        "recordings that wait would take more than the \(limit >> 20) MiB of limits.spool_mib")
                }
                used[user] = total
            }
        }

        fileprivate func release(_ count: Int, _ user: UInt32) {
            used.withLock { used in
                let rest = used[user, default: 0] - count
                used[user] = rest > 0 ? rest : nil
            }
        }

        /// `O_TMPFILE`, a macro that Swift cannot see.
        private static let withoutName: Int32 = 0o20_000_000 | O_DIRECTORY

        /// A new file without a name.
        fileprivate func open() throws(DaemonError) -> Int32 {
            let unnamed = Glibc.open(folder, O_RDWR | O_CLOEXEC | Self.withoutName, 0o600)
            if unnamed >= 0 { return unnamed }
            // Not every file system can do that.
            var template = Array("\(folder)/spool-XXXXXX".utf8CString)
            let descriptor = mkstemp(&template)
            guard descriptor >= 0 else { throw Spool.failure("make a file in \(folder)") }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            unlink(template)
            return descriptor
        }
    }

    private struct State {
        var size = 0
        var reserved = 0
    }

    private let store: Store
    private let user: UInt32
    private let limit: Int
    private let descriptor: Int32
    private let state = Locked(State())

    /// - Parameter limit: bytes that this user may have in all spools.
    /// - Throws: ``DaemonError`` `storage.*`.
    init(_ store: Store, user: UInt32, limit: Int) throws(DaemonError) {
        self.store = store
        self.user = user
        self.limit = limit
        descriptor = try store.open()
    }

    deinit {
        close(descriptor)
        store.release(state.withLock { $0.reserved }, user)
    }

    package var size: Int { state.withLock { $0.size } }

    /// The recording, which this process can open as long as the spool lives.
    ///
    /// - Parameter name: what the client calls it.
    package func source(named name: String? = nil) -> TranscriptionJob.Source {
        .file(path: "/proc/self/fd/\(descriptor)", name: name?.debugDescription ?? "The recording")
    }

    /// The file's descriptor, at its start; it closes with the spool.
    func rewound() throws(DaemonError) -> Int32 {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failure("read the recording") }
        return descriptor
    }

    /// Appends bytes. Blocks for as long as the system takes to store them in its cache.
    ///
    /// - Throws: ``DaemonError`` `storage.*`.
    package func append(_ bytes: [UInt8]) throws(DaemonError) {
        try store.reserve(bytes.count, user, limit: limit)
        let offset = state.withLock { state in
            state.reserved += bytes.count
            state.size += bytes.count
            return state.size - bytes.count
        }
        try write(bytes, at: offset)
    }

    /// Writes over bytes that were appended.
    func write(_ bytes: [UInt8], at offset: Int) throws(DaemonError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                return pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            }
            guard count > 0 || errno == EINTR else { throw Self.failure("store the recording") }
            written += max(0, count)
        }
    }

    private static func failure(_ action: String) -> DaemonError {
        let number = errno
        let isFull = [ENOSPC, EDQUOT, EFBIG].contains(number)
        return DaemonError(
            isFull ? .storageFull : .storageFailed, "could not \(action): \(String(cString: strerror(number)))")
    }
}

/// PCM that arrives in pieces, as a WAV file: what is transcribed is then what `hearsay transcribe` would read.
struct AudioSpool {
    let format: WireAudioFormat
    let spool: Spool
    private static let headerSize = 44

    init(format: WireAudioFormat, spool: Spool) throws(DaemonError) {
        self.format = format
        self.spool = spool
        try spool.append(Self.header(format, bytes: nil))
    }

    /// Seconds of sound so far.
    var seconds: Double { Double(bytes / format.bytesPerFrame) / Double(format.rate) }

    private var bytes: Int { spool.size - Self.headerSize }

    /// Appends whole frames.
    func append(_ audio: [UInt8]) throws(DaemonError) { try spool.append(audio) }

    /// Completes the header.
    func finish() throws(DaemonError) {
        if bytes % 2 == 1 {
            let sound = bytes
            try spool.append([0])
            try spool.write(Self.header(format, bytes: sound), at: 0)
        } else {
            try spool.write(Self.header(format, bytes: bytes), at: 0)
        }
    }

    /// - Parameter bytes: nil, or more than such files can say, for "until the end of the file".
    private static func header(_ format: WireAudioFormat, bytes: Int?) -> [UInt8] {
        var header: [UInt8] = []
        func append(_ text: String) { header += text.utf8 }
        func append<Number: FixedWidthInteger>(_ value: Int, as type: Number.Type) {
            withUnsafeBytes(of: Number(clamping: value).littleEndian) { header += $0 }
        }
        let size = bytes.flatMap { UInt32(exactly: $0 + headerSize + $0 % 2) }
        append("RIFF")
        append(size.map { Int($0) - 8 } ?? .max, as: UInt32.self)
        append("WAVEfmt ")
        append(16, as: UInt32.self)
        append(1, as: UInt16.self)
        append(format.channels, as: UInt16.self)
        append(format.rate, as: UInt32.self)
        append(format.rate * format.bytesPerFrame, as: UInt32.self)
        append(format.bytesPerFrame, as: UInt16.self)
        append(format.width * 8, as: UInt16.self)
        append("data")
        append(size == nil ? .max : bytes ?? 0, as: UInt32.self)
        return header
    }
}
