import Glibc

/// A regular file's bytes, mapped read-only.
///
/// Opening reads nothing: pages come in when they are touched. If another process shortens the file afterwards,
/// touching a lost page ends this process with SIGBUS, so every piece of work that reads weights asks
/// ``verifyUnchanged()`` first. Replacing the file by renaming another over it is harmless: the mapping keeps the old.
public final class MappedFile: Sendable {
    /// The path as it was given.
    public let path: String
    /// The whole file. Valid while this object lives, and Swift may release it right after its last use: store the
    /// file beside what points into it, or read through ``withBytes(_:)``.
    // Safe to share: the mapping is read-only and unmapped only in deinit.
    nonisolated(unsafe) public let bytes: UnsafeRawBufferPointer
    private let storage: Storage

    private enum Storage: Sendable {
        case mapping(descriptor: Int32, state: State)
        case memory
    }

    /// What changes when someone writes to the file.
    private struct State: Sendable, Equatable {
        var size: Int
        var modifiedSeconds: Int
        var modifiedNanoseconds: Int

        init(_ status: stat) {
            size = Int(status.st_size)
            modifiedSeconds = status.st_mtim.tv_sec
            modifiedNanoseconds = status.st_mtim.tv_nsec
        }
    }

    /// Maps the regular file at `path`; symbolic links are followed.
    ///
    /// Throws ``WeightFileError/Code/fileOpen``, or ``WeightFileError/Code/fileKind`` for anything that is not a
    /// regular file: a pipe does not block, a device is not read.
    public init(path: String) throws(WeightFileError) {
        // O_NONBLOCK keeps the opening of a pipe without a writer from waiting for one.
        let descriptor = try openFile(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, code: .fileOpen)
        do throws(WeightFileError) {
            let status = try Self.status(of: descriptor, path)
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw WeightFileError(.fileKind, path, "is not a regular file")
            }
            bytes = try Self.map(descriptor, size: Int(status.st_size), path)
            storage = .mapping(descriptor: descriptor, state: State(status))
            self.path = path
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// A copy of bytes that are in memory already, under a name for error messages.
    public convenience init(copying contents: UnsafeRawBufferPointer, name: String) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 64)
        copy.copyMemory(from: contents)
        self.init(owning: copy, name: name)
    }

    /// A copy of an array's bytes, as the pointer form makes.
    public convenience init(copying contents: [UInt8], name: String) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 64)
        copy.copyBytes(from: contents)
        self.init(owning: copy, name: name)
    }

    private init(owning memory: UnsafeMutableRawBufferPointer, name: String) {
        bytes = UnsafeRawBufferPointer(memory)
        storage = .memory
        path = name
    }

    deinit {
        switch storage {
        case .mapping(let descriptor, _):
            if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
            close(descriptor)
        case .memory: bytes.deallocate()
        }
    }

    /// Throws ``WeightFileError/Code/fileChanged`` when the file's size or modification time is no longer what it was
    /// when it was mapped. Costs one system call.
    public func verifyUnchanged() throws(WeightFileError) {
        guard case .mapping(let descriptor, let state) = storage else { return }
        let now = State(try Self.status(of: descriptor, path))
        guard now.size == state.size else {
            throw WeightFileError(
                .fileChanged, path, "has \(now.size) bytes now and had \(state.size) when it was opened; open it again")
        }
        guard now == state else {
            throw WeightFileError(.fileChanged, path, "was written to after it was opened; open it again")
        }
    }

    /// Gives back the pages that lie within `part` of the file. Reading them again, which other threads may do at once,
    /// takes them from the system's cache of the file. Bytes that are no mapping stay.
    public func release(_ part: UnsafeRawBufferPointer) {
        guard case .mapping = storage, let file = bytes.baseAddress, let base = part.baseAddress else { return }
        precondition(base >= file && base + part.count <= file + bytes.count)
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (Int(bitPattern: base) + page - 1) / page * page
        let end = (Int(bitPattern: base) + part.count) / page * page
        guard first < end else { return }
        // Advice only: a refusal leaves the pages where they are.
        madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, MADV_DONTNEED)
    }

    /// Calls `body` with the whole file, which stays mapped until it returns.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    private static func status(of descriptor: Int32, _ path: String) throws(WeightFileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw WeightFileError(.fileOpen, path, "its size cannot be read", errorNumber: errno)
        }
        return status
    }

    private static func map(
        _ descriptor: Int32, size: Int, _ path: String
    ) throws(WeightFileError) -> UnsafeRawBufferPointer {
        guard size > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw WeightFileError(.fileOpen, path, "\(size) bytes cannot be mapped", errorNumber: errno)
        }
        return UnsafeRawBufferPointer(start: start, count: size)
    }
}
