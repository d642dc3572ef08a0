import Testing

@testable import Pipelines

@Suite struct MelFrameStoreTests {
    /// Frames of two bins that hold their own number.
    private func frames(_ range: Range<Int>) -> [Float] {
        range.flatMap { [Float($0), -Float($0)] }
    }

    private func copy(_ store: MelFrameStore, _ from: Int, _ count: Int) -> [Float]? {
        var values = [Float](repeating: .nan, count: max(count, 0) * 2)
        let isHeld = values.withUnsafeMutableBufferPointer { store.copy(from: from, count: count, into: $0) }
        return isHeld ? values : nil
    }

    @Test(arguments: [1, 7, 499, 500, 501, 1_700])
    func piecesOfAnySizeAreOneSequence(piece: Int) {
        var store = MelFrameStore(melBins: 2)
        for start in stride(from: 0, to: 1_700, by: piece) {
            store.append(frames(start..<min(start + piece, 1_700)))
        }
        #expect(store.count == 1_700)
        #expect(copy(store, 0, 1_700) == frames(0..<1_700))
        #expect(copy(store, 499, 2) == frames(499..<501))
        #expect(copy(store, 1_700, 0) == [])
    }

    @Test func whatIsReleasedIsForgottenNowAndLater() {
        var store = MelFrameStore(melBins: 2)
        store.append(frames(0..<1_200))
        store.release(before: 1_100)
        #expect(store.heldFrames == 200)
        #expect(copy(store, 900, 10) == nil)
        #expect(copy(store, 1_100, 100) == frames(1_100..<1_200))
        store.release(before: 5_000)
        store.append(frames(1_200..<5_100))
        #expect(store.heldFrames == 100)
        #expect(copy(store, 5_000, 100) == frames(5_000..<5_100))
    }

    @Test func onlyNeededPartsAreHeld() {
        var store = MelFrameStore(melBins: 2, needed: [0..<300, 10_000..<10_200])
        for start in stride(from: 0, to: 20_000, by: 250) { store.append(frames(start..<start + 250)) }
        #expect(store.heldFrames == 1_000)
        #expect(copy(store, 0, 300) == frames(0..<300))
        #expect(copy(store, 10_000, 200) == frames(10_000..<10_200))
        #expect(copy(store, 9_000, 10) == nil)
    }

    @Test(arguments: [(-1, 1), (0, -1), (90, 11), (101, 0), (Int.max, 1), (1, Int.max)])
    func impossibleRequestsAreRefused(from: Int, count: Int) {
        var store = MelFrameStore(melBins: 2)
        store.append(frames(0..<100))
        var values = [Float](repeating: 0, count: 300)
        let isHeld = values.withUnsafeMutableBufferPointer { store.copy(from: from, count: count, into: $0) }
        #expect(!isHeld)
    }
}
