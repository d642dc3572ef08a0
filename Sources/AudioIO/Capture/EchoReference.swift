import AudioCore
import Synchronization

/// What the loudspeaker plays, on its way from the playing thread to the recording one, which needs it to leave it out
/// of what the microphone hears.
///
/// The recording thread takes as much as it records in the same time, so that the two stay in step however late the
/// consumer is. What lies in the playing device's buffer lies here too, so that sound comes out about when it is heard.
// @unchecked Sendable because the ring and the atomics are made for two threads, and the rest belongs to the one thread
// that records.
public final class EchoReference: @unchecked Sendable {
    /// Longer than any device's buffer.
    private static let seconds = 2
    private static let highestRate = 192_000

    private let ring = SampleRing(minimumCapacity: EchoReference.seconds * EchoReference.highestRate)
    /// Hz of what is in the ring; 0 while nobody plays.
    private let rate = Atomic<Int>(0)
    private let isClaimed = Atomic<Bool>(false)
    private let block: UnsafeMutableBufferPointer<Float>
    /// Samples in the block, from `next` on.
    private var available = 0
    private var next = 0
    /// How much of the sample at `next` has been given already, in parts of which it has as many as a recorded second
    /// has samples: whole numbers, so that nothing drifts however long it plays.
    private var partsUsed = 0

    /// Whether the library that takes echo out is there.
    public static let isUsable = (try? SpeechCleaner(echoTail: 0.1, noiseSuppression: 0)) != nil

    public init() {
        block = .allocate(capacity: 1_024)
        block.initialize(repeating: 0)
    }

    deinit {
        block.deallocate()
    }

    // MARK: The playing thread

    /// Whether the caller is from now on the one that plays, at so many Hz; there is but one at a time.
    func claim(rate: Int) -> Bool {
        guard rate <= Self.highestRate,
            isClaimed.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return false }
        self.rate.store(rate, ordering: .releasing)
        return true
    }

    func release() {
        isClaimed.store(false, ordering: .releasing)
    }

    /// Takes what has been handed to the loudspeaker; what nobody records is dropped.
    @inline(__always)
    func write(_ samples: UnsafeBufferPointer<Float>) {
        _ = ring.write(samples)
    }

    // MARK: The recording thread

    /// Forgets what was played before the recording.
    func discard() {
        while ring.read(into: block) > 0 {}
        available = 0
        next = 0
        partsUsed = 0
    }

    /// The next `count` samples at `wantedRate` Hz: each is the mean of what was played in its time; silence where
    /// nothing was played. Nothing is allocated.
    @inline(__always)
    func read(_ samples: UnsafeMutablePointer<Float>, count: Int, rate wantedRate: Int) {
        let rate = rate.load(ordering: .acquiring)
        partsUsed = min(partsUsed, wantedRate - 1)
        for index in 0..<count {
            samples[index] = rate > 0 ? mean(of: rate, partsOf: wantedRate) : 0
        }
    }

    /// The mean of the next `rate` parts, of which a sample has `partCount`.
    private func mean(of rate: Int, partsOf partCount: Int) -> Float {
        var left = rate
        var sum: Float = 0
        while left > 0 {
            if next == available {
                available = ring.read(into: block)
                next = 0
                guard available > 0 else { break }
            }
            let parts = min(left, partCount - partsUsed)
            sum += block[next] * Float(parts)
            left -= parts
            partsUsed += parts
            if partsUsed == partCount {
                partsUsed = 0
                next += 1
            }
        }
        return sum / Float(rate)
    }
}
