import AudioCore
import VoiceActivity

/// A pass over a recording that finds the parts with speech, so that no window is spent on the rest.
struct SpeechScan {
    /// Pauses up to this length stay inside of a part: a window hears how its sentences hang together. In seconds.
    private static let pause = 2.0
    /// What is kept around speech, in seconds.
    private static let margin = 0.4

    /// Start, end, start, end … in seconds, as `TranscriptionOptions.clipTimestamps` has them; never empty: without
    /// speech it is one part without length.
    let clipTimestamps: [Double]

    /// Reads the recording to its end.
    ///
    /// - Throws: what the reader throws, and ``AudioError/Code/cancelled``.
    init(_ reader: any AudioReader, model: VoiceActivityModel) throws(AudioError) {
        let rate = VoiceActivityModel.sampleRate
        let audio = try MonoStream(reader, sampleRate: rate)
        var detector = VoiceActivityDetector(
            model: model,
            options: VoiceActivityOptions(preRoll: Self.margin, hangOver: Self.margin, minimumSilence: Self.pause))
        var events: [VoiceActivityEvent] = []
        var samples = [Float](repeating: 0, count: rate)
        var count = samples.count
        while count == samples.count {
            guard !Task.isCancelled else { throw AudioError(.cancelled, "Reading the recording was cancelled.") }
            count = try samples.withUnsafeMutableBufferPointer { samples throws(AudioError) in
                try audio.read(into: samples)
            }
            samples.withUnsafeBufferPointer { samples in
                detector.append(UnsafeBufferPointer(rebasing: samples[..<count]), into: &events)
            }
        }
        detector.finish(into: &events)
        let seconds = events.map { event in
            switch event {
            case .started(let sample), .stopped(let sample): Double(sample) / Double(rate)
            }
        }
        clipTimestamps = seconds.isEmpty ? [0, 0] : seconds
    }
}
