import Glibc

/// Reads a tokenizer's file whole, so that what is parsed cannot change meanwhile.
enum TokenizerFile {
    /// Larger than any tokenizer known (Whisper's take 2 MB).
    static let sizeLimit = 64 << 20

    /// The bytes of a regular file; nil if there is no file at the path.
    ///
    /// - Throws: `tokenizer.unreadable`.
    static func read(_ path: String) throws(RecognitionError) -> [UInt8]? {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw unreadable(path, String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable(path, "it is not a regular file") }
        guard status.st_size <= sizeLimit else {
            throw unreadable(
                path, "it has \(status.st_size) bytes, more than the \(sizeLimit) that a tokenizer may have")
        }
        let size = Int(status.st_size)
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let received = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if received < 0, errno == EINTR { continue }
                if received < 0 { failure = errno }
                if received <= 0 { return }
                count += received
            }
        }
        guard failure == 0 else { throw unreadable(path, String(cString: strerror(failure))) }
        return bytes
    }

    private static func unreadable(_ path: String, _ reason: String) -> RecognitionError {
        RecognitionError(.tokenizerUnreadable, "\(path) cannot be read: \(reason)")
    }
}
