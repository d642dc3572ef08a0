/// What tells speech from everything else. Immutable; any number of streams and detectors share one.
public final class VoiceActivityModel: Sendable {
    /// In Hz; the only rate that models here listen at.
    public static let sampleRate = 16_000

    enum Network: Sendable {
        case energy
        case own(ActivityNetwork)
        case silero(SileroNetwork)
    }

    let network: Network

    init(_ network: Network) {
        self.network = network
    }

    /// Speech by loudness alone, without weights: for where no model is at hand. Any noise that is louder than its
    /// background counts as speech.
    public static let energy = VoiceActivityModel(.energy)

    /// Opens a model: a folder with `voice-activity.json`, or Silero's 16 kHz weights, a safetensors file or the folder
    /// that has it as `silero_vad_16k.safetensors`. The weights are read now; the files are not needed afterwards.
    ///
    /// - Throws: `voice_activity.*`.
    public static func open(_ path: String) throws(VoiceActivityError) -> VoiceActivityModel {
        VoiceActivityModel(try ActivityFile.open(path))
    }

    /// The model that comes with hearsay: `Models/voice-activity` in the first of `folders` that has it, which are
    /// those where what comes with hearsay is looked up. Where none has it, ``energy``.
    ///
    /// - Throws: `voice_activity.*` when it is there and damaged.
    public static func embedded(in folders: [String]) throws(VoiceActivityError) -> VoiceActivityModel {
        for folder in folders {
            let path = "\(folder)/Models/voice-activity"
            if ActivityFile.isFolder(path) { return try open(path) }
        }
        return .energy
    }

    /// Where speech is in a recording: in order, without overlap, pre-roll and hang-over included.
    ///
    /// - Parameter samples: mono, 16 kHz, full scale ±1.
    /// - Returns: ranges of samples.
    public func speechSegments(
        in samples: UnsafeBufferPointer<Float>, options: VoiceActivityOptions = VoiceActivityOptions()
    ) -> [Range<Int>] {
        var detector = VoiceActivityDetector(model: self, options: options)
        var events: [VoiceActivityEvent] = []
        // Piece by piece, so that memory does not grow with the recording.
        let piece = Self.sampleRate
        for start in stride(from: 0, to: samples.count, by: piece) {
            let end = min(start + piece, samples.count)
            detector.append(UnsafeBufferPointer(rebasing: samples[start..<end]), into: &events)
        }
        detector.finish(into: &events)
        return Self.segments(of: events)
    }

    /// The stretches between starts and stops.
    private static func segments(of events: [VoiceActivityEvent]) -> [Range<Int>] {
        var segments: [Range<Int>] = []
        var start: Int?
        for event in events {
            switch event {
            case .started(let sample): start = sample
            case .stopped(let sample):
                if let begun = start, begun < sample { segments.append(begun..<sample) }
                start = nil
            }
        }
        return segments
    }
}
