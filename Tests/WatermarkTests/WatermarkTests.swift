import Foundation
import Testing

@testable import Watermark

@Suite struct WatermarkTests {
    @Test(arguments: [16_000, 22_050, 24_000, 48_000])
    func isFoundAtAnyRate(rate: Int) throws {
        let plain = Self.speech(rate: rate, seconds: 10)
        let marked = try Self.mark(plain, rate: rate)
        let evidence = try Self.quick().detect(marked, rate: rate)
        #expect(evidence.isFound && evidence.logChance < -9, "\(evidence)")
        #expect(abs(evidence.seconds - 10) < 0.01)
        let unmarked = try Self.quick().detect(plain, rate: rate)
        #expect(!unmarked.isFound && unmarked.logChance > -4, "\(unmarked)")
    }

    @Test func ownKeyTellsItsPayloadAndNoOtherKeyDoes() throws {
        let key = WatermarkKey(secret: Array("mine".utf8))
        let other = WatermarkKey(secret: Array("another's".utf8))
        let payload = Watermark.Payload(.cloned, tag: 0xA5C)
        let marked = try Self.mark(
            Self.speech(rate: 22_050, seconds: 28), rate: 22_050, Watermark(key: key, payload: payload))
        let mine = try #require(try Self.quick([other, key]).detect(marked, rate: 22_050).own)
        #expect(mine.isFound && mine.key == 1 && mine.payload == payload, "\(mine)")
        #expect(mine.payload.kind == .cloned && mine.payload.tag == 0xA5C)
        let foreign = try #require(try Self.quick([other]).detect(marked, rate: 22_050).own)
        #expect(!foreign.isFound, "\(foreign)")
    }

    /// The mark of speech that begins anywhere, after other sound, is found, and so is that of its middle.
    @Test(arguments: [0.3, 1.731, 4.05]) func isFoundWhereverItBegins(seconds: Double) throws {
        let marked = try Self.mark(Self.speech(rate: 16_000, seconds: 14), rate: 16_000)
        let cut = Int(seconds * 16_000)
        #expect(try Self.quick().detect(Array(marked[cut...]), rate: 16_000).isFound)
        let late = [Float](repeating: 0, count: cut) + marked
        #expect(try Self.quick().detect(late, rate: 16_000).isFound)
    }

    @Test(arguments: [(1.05, 1.05), (0.96, 0.96)]) func isFoundAtOtherSpeeds(tempo: Double, pitch: Double) throws {
        let marked = try Self.mark(Self.speech(rate: 16_000, seconds: 12), rate: 16_000)
        var detector = WatermarkDetector()
        // As if the recording were played too fast.
        let rate = Int(16_000 * tempo)
        let evidence = try detector.detect(marked, rate: rate)
        #expect(evidence.isFound, "\(evidence)")
        #expect(abs((evidence.passages.first?.tempo ?? 0) - tempo) < 0.005)
        #expect(abs((evidence.passages.first?.pitch ?? 0) - pitch) < 0.005)
        detector.searchesSpeeds = false
        #expect(try !detector.detect(marked, rate: rate).isFound)
    }

    @Test func tellsThePassagesThatAreMarked() throws {
        let plain = Self.speech(rate: 16_000, seconds: 46)
        let marked = try Self.mark(Self.speech(rate: 16_000, seconds: 30, seed: 9), rate: 16_000)
        let evidence = try Self.quick().detect(plain + marked, rate: 16_000)
        #expect(evidence.isFound)
        let found = evidence.passages.filter { $0.logChance < -7 }
        #expect(evidence.passages.count == 5, "\(evidence.passages)")
        #expect(found.allSatisfy { $0.end > 46 } && !found.isEmpty)
        #expect(evidence.passages.filter { $0.end <= 46 }.allSatisfy { $0.logChance > -4 })
    }

    @Test func decoysAreNotFound() throws {
        let detector = WatermarkDetector(decoys: 300)
        var quick = detector
        quick.searchesSpeeds = false
        let marked = try Self.mark(Self.speech(rate: 16_000, seconds: 10), rate: 16_000)
        let decoys = try #require(try quick.detect(marked, rate: 16_000).decoys)
        #expect(decoys.keys == 300 && decoys.found == 0 && decoys.logChance > -5, "\(decoys)")
    }

    @Test(arguments: [0, 1, 500, 16_000]) func whatIsTooShortIsNotFound(count: Int) throws {
        let samples = [Float](repeating: 0.1, count: count)
        let evidence = try WatermarkDetector(decoys: 3).detect(samples, rate: 16_000)
        #expect(!evidence.isFound && evidence.logChance <= 0)
    }

    @Test(arguments: [Float.nan, .infinity, 1e30, 0]) func soundThatIsNoneIsNotFound(value: Float) throws {
        let evidence = try Self.quick([.everyones]).detect([Float](repeating: value, count: 80_000), rate: 16_000)
        #expect(!evidence.isFound)
        #expect(throws: WatermarkError.self) { try Self.quick().detect([0, 0], rate: 0) }
        #expect(throws: WatermarkError.self) { try WatermarkStage(Watermark(key: nil), sampleRate: -1, position: 0) }
    }

    @Test(arguments: [[1], [7, 1_000, 3], [4_999, 1]]) func stageDoesNotDependOnPieces(pieces: [Int]) throws {
        let plain = Self.speech(rate: 16_000, seconds: 1)
        let whole = try Self.mark(plain, rate: 16_000)
        #expect(whole.count == plain.count)
        #expect(try Self.mark(plain, rate: 16_000, pieces: pieces) == whole)
    }

    @Test(arguments: [0, 1, 100, 600]) func stageKeepsTheLength(count: Int) throws {
        let plain = [Float](repeating: 0.25, count: count)
        #expect(try Self.mark(plain, rate: 16_000).count == count)
    }

    /// What is made sentence by sentence bears the same mark as what is made as a whole.
    @Test func markGoesOnFromOneSentenceToTheNext() throws {
        let plain = Self.speech(rate: 16_000, seconds: 12)
        var joined: [Float] = []
        for start in stride(from: 0, to: plain.count, by: 37_000) {
            let sentence = Array(plain[start..<min(start + 37_000, plain.count)])
            joined += try Self.mark(sentence, rate: 16_000, position: start)
        }
        #expect(try Self.quick().detect(joined, rate: 16_000).logChance < -9)
    }

    @Test func changesLittle() throws {
        let plain = Self.speech(rate: 22_050, seconds: 6)
        let marked = try Self.mark(plain, rate: 22_050, Watermark(key: WatermarkKey(secret: [1])))
        let difference = zip(plain, marked).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
        let power = plain.reduce(0.0) { $0 + Double($1 * $1) }
        let decibels = 10 * log10(power / difference)
        #expect(decibels > 15 && decibels < 40, "\(decibels)")
        let peak = plain.map(abs).max() ?? 0
        #expect((marked.map(abs).max() ?? 0) < 1.4 * peak)
    }

    static func speech(rate: Int, seconds: Double, seed: UInt64 = 1) -> [Float] {
        var source = Speechlike(rate: rate, seed: seed)
        return source.samples(seconds: seconds)
    }

    static func mark(
        _ samples: [Float], rate: Int, _ watermark: Watermark = Watermark(key: nil), pieces: [Int] = [1 << 14],
        position: Int = 0
    ) throws -> [Float] {
        let stage = try WatermarkStage(watermark, sampleRate: rate, position: position)
        var output: [Float] = []
        var start = 0
        var turn = 0
        while start < samples.count {
            let end = min(samples.count, start + pieces[turn % pieces.count])
            samples[start..<end].withUnsafeBufferPointer { stage.append($0, into: &output) }
            start = end
            turn += 1
        }
        stage.finish(into: &output)
        return output
    }

    static func quick(_ keys: [WatermarkKey] = []) -> WatermarkDetector {
        var detector = WatermarkDetector(keys: keys)
        detector.searchesSpeeds = false
        return detector
    }
}
