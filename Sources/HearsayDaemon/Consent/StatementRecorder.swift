internal import AudioIO
internal import Consent
internal import Glibc
internal import VoiceActivity

/// Records a phrase from the microphone of the configuration, as it is: nothing amplified, nothing cleaned.
struct StatementRecorder: StatementRecording {
    let settings: DaemonConfiguration.Dictation
    let voiceActivity: VoiceActivityModel

    /// Seconds of speech after which a silence is the end.
    private static let enoughSpeech = 6.0
    /// Seconds of silence that end a recording.
    private static let endSilence = 2.0
    /// Seconds after which nobody is going to speak.
    private static let patience = 20.0

    func record(onListening: () throws -> Void) throws -> RecordedStatement {
        var options = settings.capture
        options.gain = 0
        options.noiseSuppression = 0
        // More than is ever taken: nothing can be dropped before the end.
        options.keptSeconds = StatementChecks.longest + 10
        let capture = try AudioCapture(options)
        defer { capture.stop() }
        try onListening()
        var progress = Progress(VoiceActivityDetector(model: voiceActivity))
        var samples: [Float] = []
        let limit = Int(StatementChecks.longest) * AudioCapture.sampleRate
        samples.reserveCapacity(limit)
        var block = [Float](repeating: 0, count: AudioCapture.sampleRate / 10)
        while samples.count < limit {
            try Task.checkCancellation()
            let count = try block.withUnsafeMutableBufferPointer { try capture.read(into: $0, timeout: 100) }
            if count == 0, capture.hasEnded { break }
            let end = min(count, limit - samples.count)
            samples += block[..<end]
            block[..<end].withUnsafeBufferPointer { progress.take($0) }
            if progress.isOver { break }
        }
        return RecordedStatement(
            samples: samples, isLive: true, losses: capture.overruns + capture.losses, deviceRate: capture.deviceRate)
    }

    /// Tells when the reader has come to an end.
    private struct Progress {
        private var detector: VoiceActivityDetector
        private var events: [VoiceActivityEvent] = []
        private var spoken = 0
        private var start: Int?
        private var silentSince = 0

        init(_ detector: VoiceActivityDetector) {
            self.detector = detector
        }

        mutating func take(_ samples: UnsafeBufferPointer<Float>) {
            events.removeAll(keepingCapacity: true)
            detector.append(samples, into: &events)
            for event in events {
                switch event {
                case .started(let sample): start = sample
                case .stopped(let sample):
                    spoken += sample - (start ?? sample)
                    start = nil
                    silentSince = sample
                }
            }
        }

        var isOver: Bool {
            guard start == nil else { return false }
            let silence = Double(detector.samples - silentSince) / Double(AudioCapture.sampleRate)
            let speech = Double(spoken) / Double(AudioCapture.sampleRate)
            return silence >= (speech >= enoughSpeech ? endSilence : patience)
        }
    }
}
