public import AudioCore
import Glibc

/// An open regular file that a decoder may read, and all that a decoder gets: with the checks done here, decoding needs
/// no right to open paths and can move to a sandboxed process that receives the descriptor.
public final class AudioFileHandle: Sendable {
    /// Open for reading; belongs to this object. Decoders read at explicit offsets, so that several may share it.
    public let descriptor: Int32
    /// The path as given, escaped for messages, or what they call the file instead.
    public let name: String
    /// Bytes in the file when it was opened.
    public let size: Int

    /// - Parameter name: what messages call it, where that is not its path.
    /// - Throws: ``AudioError/Code/pathInvalid``, ``AudioError/Code/openFailed`` or
    ///   ``AudioError/Code/notRegularFile``.
    public init(path: String, name: String? = nil) throws(AudioError) {
        let name = name ?? path.debugDescription
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw AudioError(.pathInvalid, "\(name) cannot be the name of a file.")
        }
        // Without O_NONBLOCK, opening a FIFO would wait for a writer before it can be refused.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            throw AudioError(.openFailed, "Could not open \(name): \(SystemError.text(errno)).")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw AudioError(
                .notRegularFile,
                "\(name) is not a regular file. To read from a pipe, give the name - and raw PCM on standard input.")
        }
        self.descriptor = descriptor
        self.name = name
        self.size = Int(status.st_size)
    }

    /// Takes over a descriptor that is open for reading.
    ///
    /// - Throws: ``AudioError/Code/notRegularFile``.
    init(adopting descriptor: Int32, name: String) throws(AudioError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw AudioError(.notRegularFile, "\(name) is not a regular file.")
        }
        self.descriptor = descriptor
        self.name = name
        self.size = Int(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    /// At most `count` bytes of the file; fewer where the file ends or cannot be read.
    func bytes(at offset: Int = 0, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { bytes, initialised in
            initialised = max(0, pread(descriptor, bytes.baseAddress, count, off_t(offset)))
        }
    }
}
