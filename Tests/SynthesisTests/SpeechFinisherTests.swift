import Foundation
import Synthesis
import Testing

@Suite struct SpeechFinisherTests {
    @Test func leavesQuietSpeechAsItIsButForItsEnds() {
        let samples = (0..<5_000).map { 0.9 * sin(Float($0) * 0.05) }
        let finished = finish(samples, pieces: [5_000])
        #expect(finished.count == samples.count)
        #expect(finished[100..<4_900] == samples[100..<4_900])
        #expect(finished.first == 0 && finished.last == 0)
        #expect(abs(finished[20]) < abs(samples[20]) && abs(finished[4_980]) < abs(samples[4_980]))
    }

    @Test func keepsLoudSpeechWithinFullScale() {
        var samples = (0..<20_000).map { index -> Float in
            let loudness: Float = 1 + 3 * sin(Float(index) * 0.001)
            return sin(Float(index) * 0.05) * loudness
        }
        samples[7_000] = 1_000
        samples[9_000] = .nan
        samples[9_001] = -.infinity
        let finished = finish(samples, pieces: [20_000])
        #expect(finished.count == samples.count)
        #expect(finished.allSatisfy { abs($0) <= 1 })
        // Turned down, not cut off: neighbours keep their proportions.
        #expect(finished[7_000] > 0.98)
        #expect(zip(finished, finished.dropFirst()).allSatisfy { abs($0 - $1) < 1.1 })
        // What is far from a peak is as loud as it was.
        #expect(finished[3_480] == samples[3_480])
    }

    @Test(arguments: [[1], [7, 1_000, 3], [88], [4_999, 1]])
    func doesNotDependOnPieces(pieces: [Int]) {
        let samples = (0..<5_000).map { sin(Float($0) * 0.05) * 1.7 }
        #expect(finish(samples, pieces: pieces) == finish(samples, pieces: [5_000]))
    }

    @Test(arguments: [0, 1, 5, 88, 200])
    func finishesTheShortestSentences(count: Int) {
        let samples = [Float](repeating: 0.5, count: count)
        #expect(finish(samples, pieces: [64]).count == count)
    }

    private func finish(_ samples: [Float], pieces: [Int]) -> [Float] {
        var finisher = SpeechFinisher(sampleRate: 22_050)
        var output: [Float] = []
        var position = 0
        var turn = 0
        while position < samples.count {
            let end = min(samples.count, position + pieces[turn % pieces.count])
            finisher.append(Array(samples[position..<end]), into: &output)
            position = end
            turn += 1
        }
        finisher.finish(into: &output)
        return output
    }
}
