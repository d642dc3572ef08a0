internal import Glibc

/// Numbers that nobody may find afterwards: zero before their memory is given back.
// @unchecked Sendable because the one owner writes before anybody else has the value, and all others only read.
public final class WipedBuffer: @unchecked Sendable {
    /// `[count]`
    public let pointer: UnsafeMutablePointer<Float>
    public let count: Int

    /// Zeros.
    ///
    /// - Parameter count: at least 1.
    public init(count: Int) {
        pointer = .allocate(capacity: max(1, count))
        pointer.initialize(repeating: 0, count: max(1, count))
        self.count = count
    }

    deinit {
        // Unlike memset, not left out for being the last write.
        explicit_bzero(pointer, max(1, count) * MemoryLayout<Float>.stride)
        pointer.deallocate()
    }
}
