import AudioCore
import Testing

@testable import HearsayDaemon

/// What lies between the thread that makes sound and the one that plays it.
struct SoundTrackTests {
    private struct Broken: Error {}

    private let track = SoundTrack(news: Semaphore())

    private func append(_ samples: ClosedRange<Int>) {
        samples.map(Float.init).withUnsafeBufferPointer { track.append($0) }
    }

    private func take(_ most: Int) throws -> (SoundTrack.Next, [Float]) {
        var block = [Float](repeating: -1, count: most)
        let next = try block.withUnsafeMutableBufferPointer { try track.take(into: $0) }
        if case .samples(let count, _) = next { return (next, Array(block[..<count])) }
        return (next, [])
    }

    @Test func givesInOrderAndEnds() throws {
        track.begin(rate: 100)
        #expect(try take(4).0 == .nothing)
        track.beginSentence("one")
        append(0...9)
        track.beginSentence("two")
        append(10...13)
        #expect(try take(4) == (.samples(4, sentences: ["one"]), [0, 1, 2, 3]))
        #expect(try take(8) == (.samples(8, sentences: ["two"]), [4, 5, 6, 7, 8, 9, 10, 11]))
        #expect(track.seconds == 0.12)
        track.finish()
        #expect(try take(8).1 == [12, 13])
        #expect(try take(8).0 == .end)
    }

    @Test func whatWasNotHeardComesAgainAndItsSentencesDoNot() throws {
        track.begin(rate: 100)
        track.beginSentence("one")
        append(0...9)
        #expect(try take(6).0 == .samples(6, sentences: ["one"]))
        track.putBack([4, 5])
        #expect(track.seconds == 0.04)
        append(10...11)
        #expect(try take(20) == (.samples(8, sentences: []), [4, 5, 6, 7, 8, 9, 10, 11]))
    }

    @Test func skippingGoesToTheNextSentence() throws {
        track.begin(rate: 100)
        track.beginSentence("one")
        append(0...9)
        track.beginSentence("two")
        append(10...12)
        _ = try take(3)
        track.skipSentence()
        #expect(try take(2) == (.samples(2, sentences: ["two"]), [10, 11]))
        // The next is not there yet: what comes before it is passed over as it comes.
        track.skipSentence()
        #expect(try take(2).0 == .nothing)
        append(13...15)
        #expect(try take(2).0 == .nothing)
        track.beginSentence("three")
        append(16...17)
        #expect(try take(9) == (.samples(2, sentences: ["three"]), [16, 17]))
        track.skipSentence()
        track.finish()
        #expect(try take(9).0 == .end)
    }

    @Test func failsOnceEverythingBeforeIsHeard() throws {
        append(0...1)
        track.finish(Broken())
        #expect(try take(9).1 == [0, 1])
        #expect(throws: Broken.self) { try take(9) }
    }

    @Test func isBounded() {
        track.begin(rate: 100)
        append(0...1_999)
        #expect(!track.hasRoom)
        track.close()
        #expect(track.hasRoom)
    }
}
