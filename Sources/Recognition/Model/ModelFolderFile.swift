import Glibc

/// A kind of file that describes a model. Such files are read whole, so that what is parsed cannot change meanwhile.
enum ModelFolderFile {
    /// `tokenizer.json`, `vocab.json`, `merges.txt`, `added_tokens.json`.
    case tokenizer
    /// `config.json`, `generation_config.json`.
    case configuration

    /// Most bytes of such a file.
    var sizeLimit: Int {
        switch self {
        // Whisper's take 2 MB.
        case .tokenizer: 64 << 20
        // Whisper's take 4 KB; what is allowed is still little as a tree of values.
        case .configuration: 1 << 20
        }
    }

    /// The bytes of a regular file; nil if there is no file at the path.
    ///
    /// - Throws: `tokenizer.unreadable` or `model.unreadable`, also for a file above ``sizeLimit``.
    func read(_ path: String) throws(RecognitionError) -> [UInt8]? {
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
                path, "it has \(status.st_size) bytes, more than the \(sizeLimit) that a file of its kind may have")
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

    private func unreadable(_ path: String, _ reason: String) -> RecognitionError {
        let code: RecognitionError.Code = self == .tokenizer ? .tokenizerUnreadable : .modelUnreadable
        return RecognitionError(code, "\(path) cannot be read: \(reason)")
    }
}
