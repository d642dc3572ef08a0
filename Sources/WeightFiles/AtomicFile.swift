import Glibc

/// A file that appears under its name whole or not at all.
///
/// The bytes go to a file of their own beside it, `hearsay-….part`; ``commit()`` makes them durable and then renames.
/// Dropped before that, it leaves nothing behind. Two writers of one name do not meet: the later commit wins.
public final class AtomicFile {
    public let path: String
    /// Bytes written so far.
    public private(set) var count = 0
    private let partPath: String
    private var descriptor: Int32

    /// Creates the file that takes the bytes. Throws ``WeightFileError/Code/fileWrite``, also for what would make
    /// ``commit()`` fail; see ``verifyWritable(_:)``.
    public init(path: String) throws(WeightFileError) {
        try Self.verifyWritable(path)
        self.path = path
        // Independent of the name, which may be as long as the file system allows.
        let digits = String(UInt64.random(in: .min ... .max), radix: 36)
        partPath = Self.folder(of: path) + "hearsay-\(digits).part"
        descriptor = try openFile(
            partPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644, code: .fileWrite)
    }

    /// Throws ``WeightFileError/Code/fileWrite`` when no file can come to lie at `path`: its name is too long, a folder has
    /// that name, or the folder above is missing or not to be written to.
    public static func verifyWritable(_ path: String) throws(WeightFileError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw WeightFileError(.fileWrite, path, "the path is empty or holds a NUL byte")
        }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw WeightFileError(.fileWrite, path, "is a folder, which no file can replace")
            }
        } else if errno != ENOENT {
            throw WeightFileError(.fileWrite, path, "cannot be written", errorNumber: errno)
        }
        guard access(folder(of: path), W_OK | X_OK) == 0 else {
            throw WeightFileError(.fileWrite, path, "cannot be created in its folder", errorNumber: errno)
        }
    }

    /// Everything up to the last slash, or `./`.
    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
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
                throw WeightFileError(.fileWrite, path, "cannot be written", errorNumber: errno)
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
        // Some file systems, such as network shares, have no such thing as durability.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
            throw WeightFileError(.fileWrite, path, "cannot be made durable", errorNumber: errno)
        }
        guard rename(partPath, path) == 0 else {
            throw WeightFileError(.fileWrite, path, "cannot be renamed from \(partPath)", errorNumber: errno)
        }
        close(descriptor)
        descriptor = -1
        synchronizeFolder()
    }

    /// The new name survives a loss of power only once its folder is flushed. The file is there either way: a file system
    /// that cannot flush folders is no failure.
    private func synchronizeFolder() {
        let folder = open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}
