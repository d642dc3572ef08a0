import AudioCore
import Glibc

/// A file under construction, which gets its name only once it is whole; dropped before that, it leaves nothing.
///
/// It differs from the weight files' atomic file in that its writer may go back to fix a header.
final class PartFile {
    /// Open for reading and writing; belongs to this object.
    let descriptor: Int32
    private let path: String
    private let partPath: String
    private var isFinished = false

    /// Creates the file that takes the bytes, in the folder of `path`.
    ///
    /// - Throws: ``AudioError/Code/pathInvalid`` or ``AudioError/Code/writeFailed``.
    init(path: String) throws(AudioError) {
        self.path = path
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        // Independent of the name, which may be as long as the file system allows, and of other writers of the name.
        partPath = folder + "hearsay-\(String(UInt64.random(in: .min ... .max), radix: 36)).part"
        descriptor = open(partPath, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failed(path, "created", errno) }
    }

    deinit {
        if !isFinished { unlink(partPath) }
        close(descriptor)
    }

    /// Makes the bytes durable and gives the file its name, replacing what had it.
    func finish() throws(AudioError) {
        // Some file systems, such as network shares, have no such thing as durability.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
            throw Self.failed(path, "made durable", errno)
        }
        guard rename(partPath, path) == 0 else { throw Self.failed(path, "given its name", errno) }
        isFinished = true
    }

    static func failed(_ path: String, _ what: String, _ number: Int32) -> AudioError {
        AudioError(.writeFailed, "\(path.debugDescription) cannot be \(what): \(SystemError.text(number)).")
    }
}
