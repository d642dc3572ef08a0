import Glibc

/// Bytes that are never written to a swap file, a core dump or a child's memory, and that are zero before they are given
/// back.
// @unchecked Sendable because the one owner writes before anybody else has the value, and all others only read.
struct LockedMemory: ~Copyable, @unchecked Sendable {
    let count: Int
    private let pages: UnsafeMutableRawPointer
    private let size: Int

    /// Zeros.
    ///
    /// - Throws: ``SpeakerIdentityError/Code/memoryNotLocked`` where the system does not keep the promise.
    init(count: Int) throws(SpeakerIdentityError) {
        let page = max(1, sysconf(Int32(_SC_PAGESIZE)))
        guard count > 0, count <= 1 << 20 else {
            throw SpeakerIdentityError(.embeddingInvalid, "\(count) bytes are no speaker embedding")
        }
        let size = (count + page - 1) / page * page
        guard let pages = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            pages != MAP_FAILED
        else { throw Self.failure("map") }
        // In this order: what cannot be kept out of a dump is not kept at all.
        guard madvise(pages, size, Int32(MADV_DONTDUMP)) == 0, madvise(pages, size, Int32(MADV_WIPEONFORK)) == 0,
            mlock(pages, size) == 0
        else {
            let failure = Self.failure("lock")
            munmap(pages, size)
            throw failure
        }
        self.count = count
        self.pages = pages
        self.size = size
    }

    deinit {
        // Unlike memset, not left out for being the last write.
        explicit_bzero(pages, size)
        munlock(pages, size)
        munmap(pages, size)
    }

    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: pages, count: count))
    }

    /// For the one who has just made it.
    func withMutableBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        body(UnsafeMutableRawBufferPointer(start: pages, count: count))
    }

    private static func failure(_ what: String) -> SpeakerIdentityError {
        SpeakerIdentityError(
            .memoryNotLocked,
            "could not \(what) memory for a speaker embedding: \(String(cString: strerror(errno))); raise the limit of "
                + "locked memory (LimitMEMLOCK=, ulimit -l)")
    }
}
