import AudioCore
import AudioIO
import StrictJSON
import VoiceActivity

/// Voice activity as dictation uses it: 10 ms at a time.
enum Listening {
    private static let piece = VoiceActivityModel.sampleRate / 100

    /// At most ten minutes of a file through a detector.
    ///
    /// - Parameter model: as `VoiceActivityModel.open` takes it.
    static func pass(_ path: String, model: String) throws -> Answer {
        let samples = try FrontEnd.samples(of: path, seconds: 600)
        let model = try VoiceActivityModel.open(model)
        var events: [VoiceActivityEvent] = []
        let (timing, _) = samples.withUnsafeBufferPointer { samples in
            time {
                var detector = VoiceActivityDetector(model: model)
                for start in stride(from: 0, to: samples.count, by: piece) {
                    let end = min(start + piece, samples.count)
                    detector.append(UnsafeBufferPointer(rebasing: samples[start..<end]), into: &events)
                }
                detector.finish(into: &events)
            }
        }
        let seconds = Double(samples.count) / Double(VoiceActivityModel.sampleRate)
        return timing.answer + [
            ("audio_seconds", .number(seconds)),
            ("share_of_a_core", .number(timing.processor / 1e3 / max(seconds, 0.01))),
            ("latency_ms", .number(latency(of: model))), ("segments", .number(Double(events.count / 2))),
        ]
    }

    /// From the beginning of a step to its probability, at worst, in milliseconds of audio.
    private static func latency(of model: VoiceActivityModel) -> Double {
        var stream = VoiceActivityStream(model)
        var probabilities: [Float] = []
        var latest = 0
        let silence = [Float](repeating: 0, count: 16)
        for _ in 0..<1000 {
            silence.withUnsafeBufferPointer { stream.append($0, into: &probabilities) }
            latest = max(latest, stream.samples - probabilities.count * stream.step)
        }
        return Double(latest) / Double(VoiceActivityModel.sampleRate) * 1e3
    }
}
