internal import Glibc

/// Memory of 64-byte aligned elements that is not cleared and never moves: activations, caches, workspaces.
///
/// `Element` is a plain number. The memory belongs to the object; who keeps a pointer keeps the object.
public final class AlignedBuffer<Element: BitwiseCopyable> {
    /// First element.
    public let pointer: UnsafeMutablePointer<Element>
    /// Number of elements.
    public let count: Int

    /// Reserves `count` elements. Large buffers are mapped by the system when first touched.
    ///
    /// Traps only when memory is exhausted, as every Swift allocation does.
    public init(count: Int) {
        let bytes = max(64, count * MemoryLayout<Element>.stride)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        pointer = raw.bindMemory(to: Element.self, capacity: max(1, count))
        self.count = count
    }

    deinit {
        UnsafeMutableRawPointer(pointer).deallocate()
    }

    /// Sets `count` elements from `start` to zero bytes.
    public func zero(from start: Int = 0, count: Int) {
        precondition(start >= 0 && count >= 0 && start + count <= self.count)
        memset(pointer + start, 0, count * MemoryLayout<Element>.stride)
    }

    public var elements: UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: pointer, count: count)
    }
}

public typealias FloatBuffer = AlignedBuffer<Float>
