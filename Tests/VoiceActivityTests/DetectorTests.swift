import Testing

@testable import VoiceActivity

@Suite struct SegmenterTests {
    /// Steps of 20 ms.
    private func events(
        _ probabilities: [Float], _ options: VoiceActivityOptions = VoiceActivityOptions()
    ) -> [VoiceActivityEvent] {
        var segmenter = SpeechSegmenter(options)
        var events: [VoiceActivityEvent] = []
        for probability in probabilities { segmenter.append(probability, samples: 320, into: &events) }
        segmenter.finish(into: &events)
        return events
    }

    private func run(_ probability: Float, _ steps: Int) -> [Float] { [Float](repeating: probability, count: steps) }

    @Test func addsPreRollAndHangOver() {
        let found = events(run(0, 50) + run(1, 50) + run(0, 50))
        #expect(found == [.started(sample: 50 * 320 - 4800), .stopped(sample: 100 * 320 + 3200)])
    }

    @Test func clampsPreRollAndHangOverToTheAudio() {
        #expect(events(run(1, 50)) == [.started(sample: 0), .stopped(sample: 50 * 320)])
        #expect(events(run(0, 2) + run(1, 20) + run(0, 3)) == [.started(sample: 0), .stopped(sample: 25 * 320)])
    }

    @Test func passesOverShortSounds() {
        #expect(events(run(0, 20) + run(1, 4) + run(0, 40)) == [])
        // Two clicks that are far apart do not add up.
        #expect(events(run(1, 4) + run(0, 10) + run(1, 4) + run(0, 40)) == [])
    }

    @Test func keepsShortPauses() {
        let found = events(run(1, 20) + run(0, 24) + run(1, 20) + run(0, 40))
        #expect(found == [.started(sample: 0), .stopped(sample: 64 * 320 + 3200)])
    }

    @Test func goesOnBetweenTheThresholdsButDoesNotStartThere() {
        #expect(events(run(0.4, 100)) == [])
        let found = events(run(1, 10) + run(0.4, 90) + run(0, 40))
        #expect(found == [.started(sample: 0), .stopped(sample: 100 * 320 + 3200)])
    }

    @Test func aPreRollEndsAtTheSpeechBefore() {
        var options = VoiceActivityOptions()
        options.preRoll = 10
        let found = events(run(1, 10) + run(0, 30) + run(1, 10), options)
        #expect(
            found == [
                .started(sample: 0), .stopped(sample: 10 * 320 + 3200), .started(sample: 10 * 320 + 3200),
                .stopped(sample: 50 * 320),
            ])
    }

    @Test(arguments: [Double.nan, -1, .infinity, -.infinity])
    func survivesAnyOptions(_ value: Double) {
        let options = VoiceActivityOptions(
            startThreshold: Float(value), stopThreshold: Float(value), preRoll: value, hangOver: value,
            minimumSpeech: value, minimumSilence: value)
        let found = events(run(1, 10) + run(.nan, 10) + run(0, 10), options)
        #expect(found.count <= 60)
    }
}

@Suite struct EnergyModelTests {
    /// Half a second of faint noise, a second of a loud tone, and noise again.
    static let samples: [Float] = (0..<40_000).map { index in
        let noise = Float((index * 7919) % 1009) / 1009 * 0.001
        return noise + ((8000..<24_000).contains(index) ? 0.1 * Float(index % 40 < 20 ? 1 : -1) : 0)
    }

    @Test func findsWhatIsLoud() {
        let segments = Self.samples.withUnsafeBufferPointer { VoiceActivityModel.energy.speechSegments(in: $0) }
        #expect(segments == [8000 - 4800..<24_000 + 3200])
    }

    @Test(arguments: [1, 7, 320, 999, 50_000])
    func piecesMakeNoDifference(_ size: Int) {
        var whole: [Float] = []
        var pieces: [Float] = []
        var stream = VoiceActivityStream(.energy)
        Self.samples.withUnsafeBufferPointer { stream.append($0, into: &whole) }
        stream.finish(into: &whole)
        stream = VoiceActivityStream(.energy)
        for start in stride(from: 0, to: Self.samples.count, by: size) {
            Array(Self.samples[start..<min(start + size, Self.samples.count)])
                .withUnsafeBufferPointer { stream.append($0, into: &pieces) }
        }
        stream.finish(into: &pieces)
        #expect(whole == pieces && whole.count == 125)
    }

    @Test func survivesWhatIsNoSound() {
        let samples = [Float](repeating: .nan, count: 5000) + [Float](repeating: .infinity, count: 5000)
        let segments = samples.withUnsafeBufferPointer { VoiceActivityModel.energy.speechSegments(in: $0) }
        #expect(segments.isEmpty)
        #expect(VoiceActivityModel.energy.speechSegments(in: UnsafeBufferPointer(start: nil, count: 0)).isEmpty)
    }
}
