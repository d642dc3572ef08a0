import AudioCore
import Recognition
import Spectral
import TestSupport
import Testing

@testable import Pipelines

@Suite struct StreamingMelSourceTests {
    /// The reference's spectrogram of the same sound, from the whole of it at once.
    private func batch(samples count: Int, normalizedOver part: Int? = nil) -> [Float] {
        let samples = (0..<(part ?? count)).map { Float(SwellReader.sample($0, of: count)) / 32_768 }
        return samples.withUnsafeBufferPointer { samples in
            let mel = LogMelSpectrogram(melBins: 80)(samples, padding: 480_000)
            return Array(mel.values.prefix(samples.count / 160 * 80))
        }
    }

    @Test(arguments: [1_200.0, 0.0])
    func windowsOfAFileEqualTheReferenceSpectrogram(retainedSeconds: Double) throws {
        let folder = try TemporaryFolder()
        var job = TranscriptionJob(.file(path: try folder.wav(samples: 163_333)), model: .path(""))
        job.retainedSeconds = retainedSeconds
        if retainedSeconds == 0 { job.normalization = .wholeRecording }
        let expected = batch(samples: 163_333)
        _ = try FileTranscription(job).run(
            with: FakeRecognizer { source, _ in
                let values = try source.everything()
                #expect(values == expected)
            }
        ) { _ in }
    }

    /// The quiet beginning is clamped against what has been heard of it, not against the loud end.
    @Test func theRunningMaximumKnowsNoFuture() throws {
        let feed = try MelFeed(SwellReader(seconds: 8), melBins: 80)
        let source = StreamingMelSource(reading: feed, into: MelFrameStore(melBins: 80), lookAhead: 0)
        #expect(try source.loadedFrames(through: 300) == 300)
        let early = try source.window(from: 0, count: 300)
        let whole = Array(batch(samples: 128_000).prefix(300 * 80))
        let quiet = Array(batch(samples: 128_000, normalizedOver: 96_000).prefix(300 * 80))
        #expect(early == quiet)
        #expect(early != whole)
        #expect(try source.loadedFrames(through: 1_000) == 800)
        // The same frames stay the same, whatever has been read since.
        #expect(try source.window(from: 0, count: 300) == quiet)
        #expect(try source.window(from: 0, count: 700) == Array(batch(samples: 128_000).prefix(700 * 80)))
    }

    /// 157 seconds are quiet, the rest is loud.
    @Test func aLongFileIsNormalizedWithTheMinuteThatFollows() throws {
        let folder = try TemporaryFolder()
        var job = TranscriptionJob(.file(path: try folder.wav(samples: 3_360_000)), model: .path(""))
        let whole = batch(samples: 3_360_000)
        let quiet = batch(samples: 3_360_000, normalizedOver: 2_520_000)
        func windows(retainedSeconds: Double, from start: Int) throws -> [[Float]] {
            let found = Box<[[Float]]>([])
            job.retainedSeconds = retainedSeconds
            _ = try FileTranscription(job).run(
                with: FakeRecognizer { source, _ in
                    source.release(before: start)
                    for first in stride(from: start, to: 18_000, by: 3_000) {
                        #expect(try source.loadedFrames(through: first + 3_000) == first + 3_000)
                        found.value.append(try source.window(from: first, count: 3_000))
                    }
                }
            ) { _ in }
            return found.value
        }
        func part(_ values: [Float], _ window: Int) -> [Float] {
            Array(values[(window * 3_000 * 80)..<((window + 1) * 3_000 * 80)])
        }
        let expected = (0..<6).map { part($0 < 3 ? quiet : whole, $0) }
        #expect(try windows(retainedSeconds: 30, from: 0) == expected)
        // As in a job that goes on in the middle.
        #expect(try windows(retainedSeconds: 30, from: 6_000) == Array(expected[2...]))
        // A file that is kept whole is normalised as a whole.
        #expect(try windows(retainedSeconds: 210, from: 0) == (0..<6).map { part(whole, $0) })
    }

    /// A file that does not say how long it is, or says too little, gives what one that does gives.
    @Test func whatAFileClaimsChangesNothing() throws {
        func early(readAhead: Double?) throws -> [Float] {
            let feed = try MelFeed(SwellReader(seconds: 200), melBins: 80)
            let source = StreamingMelSource(reading: feed, into: MelFrameStore(melBins: 80), lookAhead: 6_000)
            if let readAhead { try source.readAhead(seconds: readAhead) { _ in } }
            _ = try source.loadedFrames(through: 3_000)
            return try source.window(from: 0, count: 3_000)
        }
        #expect(try early(readAhead: 180) == early(readAhead: nil))
        #expect(try early(readAhead: 200) != early(readAhead: nil))
    }

    @Test func theEndIsTheNumberOfWholeFrames() throws {
        let feed = try MelFeed(SwellReader(seconds: 3), melBins: 80)
        let source = StreamingMelSource(reading: feed, into: MelFrameStore(melBins: 80), maximum: 0)
        #expect(try source.loadedFrames(through: 120) == 120)
        #expect(try source.loadedFrames(through: 3_000) == 300)
        #expect(try source.loadedFrames(through: 50) == 50)
        #expect(throws: PipelineError.self) { try source.window(from: 299, count: 2) }
    }

    /// Five minutes or ten hours: a window, the block that it begins in and a second read ahead.
    @Test func whatIsHeldDoesNotGrowWithTheRecording() throws {
        let feed = try MelFeed(SwellReader(seconds: 300), melBins: 80)
        let source = StreamingMelSource(reading: feed, into: MelFrameStore(melBins: 80), maximum: 0)
        var most = 0
        var seek = 0
        while try source.loadedFrames(through: seek + 3_000) > seek {
            most = max(most, source.heldFrames)
            seek += 2_310
            source.release(before: seek)
        }
        #expect(seek >= 30_000)
        #expect(most <= 3_000 + MelFrameStore.framesPerBlock + 100)
    }

    @Test func aDistantClipDoesNotHoldWhatLiesBefore() throws {
        let feed = try MelFeed(SwellReader(seconds: 120), melBins: 80)
        let store = MelFrameStore(melBins: 80, needed: [0..<3_000, 11_000..<11_500])
        let source = StreamingMelSource(reading: feed, into: store, maximum: 0)
        #expect(try source.loadedFrames(through: 11_500) == 11_500)
        #expect(source.heldFrames <= 3_000 + 500 + 2 * MelFrameStore.framesPerBlock)
    }
}
