internal import Glibc

/// Numbers on the way to an embedding: zero before their memory is given back.
final class WipedBuffer {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    /// - Parameter count: at least 1.
    init(count: Int) {
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
