import AudioCore
import Foundation
import Testing

@Suite struct SampleRingTests {
    @Test func holdsWhatFitsAndGivesItBackInOrder() {
        let ring = SampleRing(minimumCapacity: 5)
        #expect(ring.capacity == 8)
        var next: Float = 0
        var expected: Float = 0
        // Odd sizes make every position of the ring a start and an end.
        for size in [3, 5, 8, 1, 9, 2, 7, 4] {
            let offered = (0..<size).map { next + Float($0) }
            let written = offered.withUnsafeBufferPointer { ring.write($0) }
            #expect(written == min(size, 8))
            next += Float(written)
            #expect(ring.count == written)
            var read = [Float](repeating: -1, count: 10)
            let count = read.withUnsafeMutableBufferPointer { ring.read(into: $0) }
            #expect(count == written)
            #expect(read[..<count].elementsEqual((0..<count).map { expected + Float($0) }))
            expected += Float(count)
        }
    }

    @Test func losesNothingBetweenTwoThreads() async {
        let ring = SampleRing(minimumCapacity: 64)
        let total = 50_000
        // A thread of its own: a task that waits without suspending could keep the other one from ever running.
        let inOrder = await withCheckedContinuation { done in
            Thread.detachNewThread {
                var received = 0
                var block = [Float](repeating: 0, count: 37)
                while received < total {
                    let count = block.withUnsafeMutableBufferPointer { ring.read(into: $0) }
                    for index in 0..<count where block[index] != Float(received + index) {
                        return done.resume(returning: false)
                    }
                    received += count
                    if count == 0 { sched_yield() }
                }
                done.resume(returning: ring.count == 0)
            }
            Thread.detachNewThread {
                let samples = (0..<total).map(Float.init)
                samples.withUnsafeBufferPointer { samples in
                    var sent = 0
                    while sent < total {
                        let block = samples[sent..<min(sent + 29, total)]
                        let written = ring.write(UnsafeBufferPointer(rebasing: block))
                        sent += written
                        if written == 0 { sched_yield() }
                    }
                }
            }
        }
        #expect(inOrder)
    }
}
