import Foundation
import Recognition
import TestSupport
import Testing
import VoiceActivity

@testable import Pipelines

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
private let embedded = root.appending(path: "Models/hearsay-en").path

/// Where nobody speaks, the recogniser that comes along writes nothing.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: embedded), "no recogniser comes along"))
struct NothingSaidTests {
    enum Sound: CaseIterable {
        case silence, whiteNoise, pinkNoise, hum, clicks

        /// Samples at 16 kHz, full scale ±1.
        func samples(seconds: Int) -> [Float] {
            var random = SystemRandomNumberGenerator()
            // Paul Kellet's sum of three poles: within half a decibel of 1/f.
            var poles: (Float, Float, Float) = (0, 0, 0)
            return (0..<seconds * 16_000).map { index in
                let time = Double(index) / 16_000
                let white = Float.random(in: -1...1, using: &random)
                switch self {
                case .silence: return 0
                case .whiteNoise: return 0.05 * white
                case .pinkNoise:
                    poles = (
                        0.99765 * poles.0 + white * 0.0990460, 0.96300 * poles.1 + white * 0.2965164,
                        0.57000 * poles.2 + white * 1.0526913
                    )
                    return 0.02 * (poles.0 + poles.1 + poles.2 + white * 0.1848)
                case .hum:
                    return Float(
                        0.1 * sin(2 * .pi * 50 * time) + 0.05 * sin(2 * .pi * 100 * time)
                            + 0.02 * sin(2 * .pi * 150 * time))
                case .clicks: return index % 12_000 < 16 ? 0.6 * white : 0.001 * white
                }
            }
        }
    }

    private static let seconds = ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] == nil ? 35 : 600

    @Test(arguments: Sound.allCases)
    func noWordIsWritten(sound: Sound) throws {
        let samples = sound.samples(seconds: Self.seconds)
        let bytes = samples.map { Int16(max(-1, min(1, $0)) * 32_767).littleEndian }
        let folder = try TemporaryFolder()
        let path = try folder.write("sound.wav", bytes.withUnsafeBytes { WAV.file(Data($0)) })
        let job = TranscriptionJob(.file(path: path), model: .path(embedded))
        #expect(try job.transcribe().text == "")

        let model = try WhisperModel.open(embedded)
        let activity = try VoiceActivityModel.open(root.appending(path: "Models/voice-activity").path)
        var dictation = Dictation(decoder: try UtteranceDecoder(model: model), activity: activity)
        #expect(try dictation.events(of: samples).finals.map(\.text).joined() == "")
    }
}
