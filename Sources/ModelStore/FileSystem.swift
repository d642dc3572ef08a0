import Glibc

/// The few file operations of the store, with errors that name the path.
enum FileSystem {
    enum Kind {
        case file(size: Int)
        case directory
        case other
    }

    /// What lies at `path` (symbolic links followed); nil when nothing does.
    static func kind(of path: String) -> Kind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file(size: Int(status.st_size))
        case S_IFDIR: .directory
        default: .other
        }
    }

    static func isFile(_ path: String) -> Bool {
        if case .file = kind(of: path) { true } else { false }
    }

    static func isDirectory(_ path: String) -> Bool {
        if case .directory = kind(of: path) { true } else { false }
    }

    /// The names in a directory, sorted, without `.` and `..`; none when it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a directory and those above it.
    static func makeDirectory(_ path: String) throws(ModelStoreError) {
        if isDirectory(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]))
        }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("create the folder", path) }
    }

    static func rename(_ source: String, _ target: String) throws(ModelStoreError) {
        guard Glibc.rename(source, target) == 0 else { throw failure("rename '\(source)' to", target) }
    }

    static func remove(_ path: String) {
        unlink(path)
    }

    /// Removes what lies at `path`, folders with all that is in them. Symbolic links go without what they point to.
    static func removeTree(_ path: String) throws(ModelStoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
            return
        }
        for name in names(in: path) { try removeTree("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else { throw failure("remove the folder", path) }
    }

    /// Puts the folder `replacement` in the place of `path`, whatever is there. The old content goes only once the new one
    /// is in place, and comes back when that fails; a symbolic link goes without what it points to.
    static func replace(_ path: String, with replacement: String) throws(ModelStoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return try rename(replacement, path) }
        // Unique, since an earlier one may have been left behind; no model is looked for under such a name.
        let old = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).old.part"
        try rename(path, old)
        do throws(ModelStoreError) {
            try rename(replacement, path)
        } catch {
            try? rename(old, path)
            throw error
        }
        // The new model is in place: what cannot be removed of the old one is no failure.
        try? removeTree(old)
    }

    /// The whole of a small file; nil when it is missing. Throws when it is larger than `limit` bytes.
    static func read(_ path: String, limit: Int) throws(ModelStoreError) -> [UInt8]? {
        guard let size = fileSize(path) else { return nil }
        guard size <= limit else {
            throw ModelStoreError(.fileSystem, "'\(path)' has \(size) bytes, more than the \(limit) allowed here")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: size)
        var count = 0
        while count < size {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).baseAddress, size - count)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure("read", path) }
            if got == 0 { break }
            count += got
        }
        bytes.removeSubrange(count...)
        return bytes
    }

    /// Replaces a small file as a whole: written beside it, synced, renamed.
    static func write(_ bytes: [UInt8], to path: String) throws(ModelStoreError) {
        let part = path + ".part"
        let file = try AppendingFile(creating: part)
        let result: Result<Void, ModelStoreError> = bytes.withUnsafeBytes { bytes in
            Result { () throws(ModelStoreError) in try file.append(bytes) }
        }
        try result.get()
        try file.synchronize()
        try rename(part, path)
    }

    static func fileSize(_ path: String) -> Int? {
        if case .file(let size) = kind(of: path) { size } else { nil }
    }

    /// Bytes that an ordinary user may still write in the file system of `directory`; nil when that cannot be told.
    static func freeSpace(in directory: String) -> Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? nil : bytes
    }

    /// Flushes a directory's entries, so that a rename in it survives a loss of power.
    static func synchronizeDirectory(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    static func failure(_ action: String, _ path: String) -> ModelStoreError {
        let number = errno
        let reason = String(cString: strerror(number))
        let code: ModelStoreError.Code = number == ENOSPC || number == EDQUOT ? .noSpace : .fileSystem
        return ModelStoreError(code, "could not \(action) '\(path)': \(reason)")
    }
}

/// A file open for writing at its end.
final class AppendingFile {
    private let descriptor: Int32
    private let path: String

    /// Opens `path`, made if missing, its content kept. A symbolic link is refused: the name may have been planted.
    init(opening path: String) throws(ModelStoreError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileSystem.failure("open for writing", path) }
    }

    /// Opens `path`, made if missing, its content dropped.
    convenience init(creating path: String) throws(ModelStoreError) {
        try self.init(opening: path)
        try truncate()
    }

    deinit { close(descriptor) }

    func truncate() throws(ModelStoreError) {
        guard ftruncate(descriptor, 0) == 0 else { throw FileSystem.failure("empty", path) }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(ModelStoreError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0 && errno == EINTR { continue }
            guard written >= 0 else { throw FileSystem.failure("write", path) }
            rest = rest.dropFirst(written)
        }
    }

    func synchronize() throws(ModelStoreError) {
        guard fsync(descriptor) == 0 else { throw FileSystem.failure("flush", path) }
    }
}
