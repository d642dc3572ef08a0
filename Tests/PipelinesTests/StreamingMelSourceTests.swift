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
        let source = StreamingMelSource(reading: feed, into: MelFrameStore(melBins: 80), maximum: nil)
        #expect(try source.loadedFrames(through: 300) == 300)
        let early = try source.window(from: 0, count: 300)
        let whole = Array(batch(samples: 128_000).prefix(300 * 80))
        let quiet = Array(batch(samples: 128_000, normalizedOver: 96_000).prefix(300 * 80))
        #expect(early == quiet)
        #expect(early != whole)
        _ = try source.loadedFrames(through: 1_000)
        #expect(try source.window(from: 0, count: 300) == whole)
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
