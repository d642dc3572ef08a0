import AudioCore
import Testing

@Suite struct MonoStreamTests {
    @Test(arguments: [1, 3, 1_000])
    func downmixIsTheMeanOfTheChannels(blockFrames: Int) throws {
        let frames: [Float] = [0.5, -0.25, 0.5, 1, 1, 1, 0, 0.75, 0]
        let reader = try ArrayReader(frames, rate: 16_000, channels: 3, blockFrames: blockFrames)
        let samples = try MonoStream(reader).readAll(chunk: 2)
        #expect(samples == [0.25, 1, 0.25])
    }

    @Test func impossibleSamplesBecomeSilenceAndAreCounted() throws {
        let input: [Float] = [
            .nan, .infinity, -.infinity, 1e38, -3e9, 0.5, -1, .leastNonzeroMagnitude, 2_147_483_648,
        ]
        let stream = try MonoStream(ArrayReader(input, rate: 16_000))
        #expect(try stream.readAll() == [0, 0, 0, 0, 0, 0.5, -1, 0, 2_147_483_648])
        #expect(stream.replacedSamples == 5)
    }

    @Test func oneBadChannelDoesNotSilenceTheOthers() throws {
        let stream = try MonoStream(ArrayReader([.nan, 0.5, 0.25, .infinity], rate: 16_000, channels: 2))
        #expect(try stream.readAll() == [0.25, 0.125])
        #expect(stream.replacedSamples == 2)
    }

    @Test func emptySourceIsAnEmptyStream() throws {
        #expect(try MonoStream(ArrayReader([], rate: 16_000)).readAll().isEmpty)
        #expect(try MonoStream(ArrayReader([], rate: 44_100)).readAll().isEmpty)
    }

    @Test func claimsOnlyWhatTheSourceClaims() throws {
        let stream = try MonoStream(ArrayReader([Float](repeating: 0, count: 24_000), rate: 48_000))
        #expect(stream.claimedSeconds == 0.5)
        #expect(stream.secondsRead == 0)
        _ = try stream.readAll()
        #expect(stream.secondsRead == 0.5)
    }
}

@Suite struct AudioFormatTests {
    @Test(arguments: [(0, 1), (1, 1), (3_999, 1), (384_001, 1), (2_147_483_647, 1), (-1, 1)])
    func refusesRates(rate: Int, channels: Int) {
        let error = #expect(throws: AudioError.self) { _ = try AudioFormat(sampleRate: rate, channels: channels) }
        #expect(error?.code == .rateUnsupported)
    }

    @Test(arguments: [0, -1, 65, 65_535])
    func refusesChannels(channels: Int) {
        let error = #expect(throws: AudioError.self) { _ = try AudioFormat(sampleRate: 16_000, channels: channels) }
        #expect(error?.code == .channelsUnsupported)
    }

    @Test func limitsAreInclusive() throws {
        #expect(try AudioFormat(sampleRate: 4_000, channels: 64).channels == 64)
        #expect(try AudioFormat(sampleRate: 384_000, channels: 1).sampleRate == 384_000)
    }
}

@Suite struct DurationLimitedReaderTests {
    private let second = [Float](repeating: 0.5, count: 16_000)

    @Test func soundUpToTheLimitPasses() throws {
        let reader = DurationLimitedReader(try ArrayReader(second, rate: 16_000), maximumSeconds: 1)
        #expect(try MonoStream(reader).readAll().count == 16_000)
    }

    @Test(arguments: [0.9999, 0, -1, .nan])
    func soundBeyondTheLimitIsRefused(limit: Double) throws {
        let reader = DurationLimitedReader(try ArrayReader(second, rate: 16_000), maximumSeconds: limit)
        let error = #expect(throws: AudioError.self) { _ = try MonoStream(reader).readAll() }
        #expect(error?.code == .tooLong)
    }
}
