import Synchronization

/// Samples on their way from one thread to one other, neither of which ever waits for the other inside this type: no
/// lock, no allocation, no system call.
///
/// One thread writes, one reads. Positions count every sample that has ever passed; a 64-bit count does not come round.
// @unchecked Sendable because each element belongs to the writer or to the reader, and changes hands with the release
// store of one position and the acquire load of it.
public final class SampleRing: @unchecked Sendable {
    /// Most samples that it holds: a power of two.
    public let capacity: Int
    private let elements: UnsafeMutablePointer<Float>
    private let writePosition = Atomic<Int>(0)
    private let readPosition = Atomic<Int>(0)

    /// A ring of at least `minimumCapacity` samples (and at least one).
    public init(minimumCapacity: Int) {
        var capacity = 1
        while capacity < minimumCapacity { capacity *= 2 }
        self.capacity = capacity
        elements = .allocate(capacity: capacity)
        elements.initialize(repeating: 0, count: capacity)
    }

    deinit {
        elements.deallocate()
    }

    /// Samples that wait to be read; exact for the reader, and at most so many for the writer.
    public var count: Int {
        writePosition.load(ordering: .acquiring) - readPosition.load(ordering: .acquiring)
    }

    /// Writes as many samples as there is room for, from the front.
    ///
    /// - Returns: samples written. The writer's thread only.
    public func write(_ samples: UnsafeBufferPointer<Float>) -> Int {
        let position = writePosition.load(ordering: .relaxed)
        let room = capacity - (position - readPosition.load(ordering: .acquiring))
        let written = min(room, samples.count)
        guard written > 0, let source = samples.baseAddress else { return 0 }
        let start = position & (capacity - 1)
        let first = min(written, capacity - start)
        (elements + start).update(from: source, count: first)
        elements.update(from: source + first, count: written - first)
        writePosition.store(position + written, ordering: .releasing)
        return written
    }

    /// Reads as many samples as there are, to the front of `samples`.
    ///
    /// - Returns: samples read. The reader's thread only.
    public func read(into samples: UnsafeMutableBufferPointer<Float>) -> Int {
        let position = readPosition.load(ordering: .relaxed)
        let available = writePosition.load(ordering: .acquiring) - position
        let read = min(available, samples.count)
        guard read > 0, let target = samples.baseAddress else { return 0 }
        let start = position & (capacity - 1)
        let first = min(read, capacity - start)
        target.update(from: elements + start, count: first)
        (target + first).update(from: elements, count: read - first)
        readPosition.store(position + read, ordering: .releasing)
        return read
    }
}
