import AudioCore
import AudioIO
import Foundation
import Recognition
import Spectral
import Testing
import VoiceActivity

@testable import Pipelines

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
private let embedded = root.appending(path: "Models/hearsay-en").path

/// Dictation with the recogniser that comes along, whose search must find the end of texts without timestamps.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: embedded), "no recogniser comes along"))
struct EmbeddedDictationTests {
    /// A decoder has no memory: what it decoded before, and what it gave up, changes nothing.
    @Test func aDictationHasWordsAndLeavesNothingBehind() throws {
        let model = try WhisperModel.open(embedded)
        let sound = try speech()
        let decoder = try UtteranceDecoder(model: model, threads: 1)
        let fresh = try text(of: sound, by: decoder)
        #expect(!fresh.isEmpty && !fresh.contains("<|"))
        var options = DictationOptions()
        options.language = "en"
        options.wordTimes = true
        let activity = try VoiceActivityModel.open(root.appending(path: "Models/voice-activity").path)
        var dictation = Dictation(decoder: decoder, activity: activity, options: options)
        let events = try dictation.events(of: sound + Sound.silence(1))
        #expect(events.finals.contains { !$0.text.isEmpty })
        #expect(try text(of: sound, by: decoder) == fresh)
    }

    private func text(of sound: [Float], by decoder: UtteranceDecoder) throws -> String {
        let mel = sound.withUnsafeBufferPointer { LogMelSpectrogram(melBins: decoder.melBins)($0) }
        let request = UtteranceRequest(mel: mel.values, language: "en", isFinal: true)
        return try decoder.decode(request) { false }.words.map(\.text).joined()
    }

    /// Somebody's voice, 16 kHz.
    private func speech() throws -> [Float] {
        let path = root.appending(path: "Tests/Fixtures/clips/kitchen.opus").path
        let stream = try MonoStream(AudioFile.open(path), sampleRate: 16_000)
        return try [Float](unsafeUninitializedCapacity: 6 * 16_000) { buffer, count in
            buffer.initialize(repeating: 0)
            count = try stream.read(into: buffer)
        }
    }
}
