internal import CKernels

/// The fixed threads that share out one operation's rows. The calling thread is one of them.
///
/// Operations of several callers take turns on one pool; results do not depend on the number of threads beyond
/// rounding of sums that are split (none of the kernels splits a sum).
// @unchecked Sendable because the C pool serialises its callers behind its own lock and the pointer never changes.
public final class ThreadPool: @unchecked Sendable {
    let handle: OpaquePointer

    /// Threads including the caller's.
    public var threads: Int { Int(hk_pool_threads(handle)) }

    /// Starts `threads − 1` workers; asking for fewer than 1 gives 1. Returns nil when the system refuses threads or
    /// memory.
    public init?(threads: Int) {
        guard let handle = hk_pool_create(Int32(clamping: max(1, min(threads, 1024)))) else { return nil }
        self.handle = handle
    }

    deinit {
        hk_pool_destroy(handle)
    }
}

/// The instruction set whose kernels this process uses: "scalar", "avx2", "avx512" or "neon".
public var kernelInstructionSet: String { String(cString: hk_isa_name()) }
