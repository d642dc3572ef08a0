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

    /// Gives a large buffer's memory back to the system until it is used again; what it held is lost.
    public func discard() {
        let bytes = UnsafeMutableRawBufferPointer(elements)
        guard bytes.count >= Self.worthDiscarding, let base = bytes.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (Int(bitPattern: base) + page - 1) / page * page
        let end = (Int(bitPattern: base) + bytes.count) / page * page
        // Advice only: a refusal leaves the memory as it is.
        madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, MADV_DONTNEED)
    }

    /// Smaller buffers cost more page faults than their memory is worth.
    private static var worthDiscarding: Int { 1 << 20 }

    public var elements: UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: pointer, count: count)
    }
}

public typealias FloatBuffer = AlignedBuffer<Float>
