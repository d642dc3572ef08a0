import Consent
import Foundation
import Testing

@testable import HearsayDaemon

/// Numbers of recordings whose numbers are known beforehand.
struct StatementMeasurementTests {
    private static let reader = Reader()
    private static let text = (0..<20).map { "word\($0)" }.joined(separator: " ")

    private static func sound(_ samples: [Float], speech: [Range<Int>]? = nil) -> StatementSound {
        StatementMeasurement.sound(
            RecordedStatement(samples: samples, isLive: true), speech: speech ?? [8_000..<samples.count - 8_000],
            isMarked: false)
    }

    /// A tone of amplitude 0.3 has 0.045 of power, and noise between ±a has a²/3: seven tenths of the time against all of it.
    @Test(arguments: [(0.001, 50.0), (0.01, 30), (0.1, 9.8)])
    func speechStandsOutOfTheBackground(background: Float, decibels: Double) {
        let (samples, _) = Reader(background: background).read(Self.text)
        let sound = Self.sound(samples)
        #expect(abs(sound.signalToNoise - decibels) < 2, "\(sound.signalToNoise)")
        #expect(sound.clipping == 0 && !sound.hasDigitalSilence)
        #expect(abs(sound.speechSeconds - (sound.seconds - 1)) < 1e-9)
        #expect(Self.sound(samples, speech: []).signalToNoise.isNaN && Self.sound([], speech: []).signalToNoise.isNaN)
    }

    @Test func fullScaleIsCounted() {
        var samples = Self.reader.read(Self.text).samples
        for index in 0..<100 { samples[10_000 + index] = index.isMultiple(of: 2) ? 1 : -1 }
        #expect(Self.sound(samples).clipping == 100 / Double(samples.count))
    }

    /// Between words only, and only if it is longer than chance gives.
    @Test(arguments: [(60_000, 800, true), (60_000, 700, false), (0, 8_000, false)])
    func exactSilenceIsFound(start: Int, count: Int, isFound: Bool) {
        var samples = Self.reader.read(Self.text).samples
        for index in start..<start + count { samples[index] = 0 }
        if count == 700 { samples[start - 1] = 0.1 }
        if count == 700 { samples[start + 700] = 0.1 }
        #expect(Self.sound(samples).hasDigitalSilence == isFound)
    }

    @Test func whatWasPutTogetherHasSeams() {
        let (plain, words) = Self.reader.read(Self.text)
        let usual = StatementMeasurement.splice(plain, words, first: 15)
        #expect(abs(usual.gap - 0.15) < 0.01 && usual.jump < 3)
        let (spliced, others) = Reader(gap: 1.5, otherBackground: 0.05).read(Self.text)
        let seams = StatementMeasurement.splice(spliced, others, first: 15)
        #expect(abs(seams.gap - 1.65) < 0.01 && seams.jump > 25)
        #expect(StatementMeasurement.splice(plain, words, first: 20).gap.isNaN)
        #expect(StatementMeasurement.splice([], words, first: 15).jump.isNaN)
    }
}
