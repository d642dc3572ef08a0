import Glibc

/// A file that appears under its name whole or not at all.
///
/// The bytes go to `name.part` beside it; ``commit()`` makes them durable and then renames. Dropped before that, it
/// leaves nothing behind.
public final class AtomicFile {
    public let path: String
    /// Bytes written so far.
    public private(set) var count = 0
    private var descriptor: Int32

    private var partPath: String { path + ".part" }

    /// Creates `path`.part, replacing one that an earlier run left. Throws ``WeightFileError/Code/fileWrite``.
    public init(path: String) throws(WeightFileError) {
        self.path = path
        descriptor = try openFile(
            path + ".part", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644, code: .fileWrite)
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partPath)
    }

    /// Appends `bytes`. Throws ``WeightFileError/Code/fileWrite``, for instance when the disk is full.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(WeightFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written > 0 {
                rest = rest.dropFirst(written)
                count += written
            } else if written == 0 || errno != EINTR {
                throw WeightFileError(.fileWrite, partPath, "cannot be written", errorNumber: errno)
            }
        }
    }

    /// Appends `bytes`, as the pointer form does.
    public func write(_ bytes: [UInt8]) throws(WeightFileError) {
        let result: Result<Void, WeightFileError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(WeightFileError) in try write(buffer) }
        }
        try result.get()
    }

    /// Makes the bytes durable and gives the file its name, replacing what had it; nothing can be written afterwards.
    public func commit() throws(WeightFileError) {
        guard descriptor >= 0 else { throw WeightFileError(.fileWrite, path, "was committed already") }
        guard fsync(descriptor) == 0 else {
            throw WeightFileError(.fileWrite, partPath, "cannot be made durable", errorNumber: errno)
        }
        guard rename(partPath, path) == 0 else {
            throw WeightFileError(.fileWrite, path, "cannot be renamed from \(partPath)", errorNumber: errno)
        }
        close(descriptor)
        descriptor = -1
        try synchronizeDirectory()
    }

    /// The new name is durable only once its directory is.
    private func synchronizeDirectory() throws(WeightFileError) {
        let parent = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let directory = try openFile(String(parent), O_RDONLY | O_DIRECTORY, code: .fileWrite)
        defer { close(directory) }
        guard fsync(directory) == 0 else {
            throw WeightFileError(.fileWrite, String(parent), "cannot be made durable", errorNumber: errno)
        }
    }
}
