import AudioCore
import AudioIO
import Recognition
import Spectral

/// What the flow needs of a recogniser.
protocol SpeechRecognizer: SendableMetatype {
    var melBins: Int { get }
    /// Mel frames of a whole window, 10 ms each.
    var windowFrames: Int { get }
    /// What people should know of it before they rely on its texts.
    var warnings: [String] { get }

    /// Refuses options that it cannot work with, whatever the recording.
    func validate(_ options: TranscriptionOptions) throws

    /// Transcribes all of `source`, or what an earlier run left of it; cancellable through the task that it runs in.
    func transcribe(
        _ source: any MelWindowSource, options: TranscriptionOptions, resuming checkpoint: TranscriptionCheckpoint?,
        onEvent: (TranscriptionEvent) throws -> Void
    ) throws -> Transcript
}

/// The flow from a recording to its transcript: reader → mono at 16 kHz → log-mel frames → windows → recogniser.
///
/// Runs on the calling thread and blocks it.
struct FileTranscription {
    private(set) var job: TranscriptionJob

    init(_ job: TranscriptionJob) {
        self.job = job
    }

    /// - Throws: `AudioError`, `RecognitionError`, ``PipelineError``, what `onEvent` throws, and `CancellationError` if
    ///   the task was cancelled.
    func run(
        with recognizer: some SpeechRecognizer, onEvent: (TranscriptionJobEvent) throws -> Void
    ) throws -> Transcript {
        do {
            var flow = self
            return try flow.transcribe(with: recognizer, onEvent: onEvent)
        } catch let error as AudioError where error.code == .cancelled {
            throw CancellationError()
        } catch let error as RecognitionError where error.code == .cancelled {
            throw CancellationError()
        }
    }

    private mutating func transcribe(
        with recognizer: some SpeechRecognizer, onEvent: (TranscriptionJobEvent) throws -> Void
    ) throws -> Transcript {
        // Before hours of sound are decoded for nothing.
        try recognizer.validate(job.options)
        for warning in recognizer.warnings { try onEvent(.warning(warning)) }
        let recording = try Recording(job)
        if let model = job.voiceActivity, recording.canBeReadAgain, !namesParts {
            job.options.clipTimestamps = try SpeechScan(recording.open(), model: model).clipTimestamps
        }
        let windows = try source(of: recording, for: recognizer, onEvent: onEvent)
        var transcript = try recognizer.transcribe(windows.source, options: job.options, resuming: job.checkpoint) {
            event in
            if case .segment(let segment) = event, let warning = segment.warning { try onEvent(.warning(warning)) }
            guard case .progress(let seconds) = event else { return try onEvent(.recognition(event)) }
            let total = windows.scannedSeconds ?? windows.claimedSeconds
            try onEvent(.progress(TranscriptionProgress(seconds: seconds, totalSeconds: total)))
        }
        if let seconds = windows.source.endSeconds ?? windows.scannedSeconds ?? windows.claimedSeconds {
            // Frames are whole hundredths of a second; sound need not be. What follows the last part is not read.
            transcript.duration = seconds
        }
        for warning in windows.warnings() {
            try onEvent(.warning(warning))
        }
        try onEvent(.finished(transcript))
        return transcript
    }

    private struct Windows {
        let source: StreamingMelSource
        /// Length of the recording in seconds, if it was scanned.
        var scannedSeconds: Double?
        /// Length that the file claims, in seconds.
        let claimedSeconds: Double?
        /// The stream that tells what was wrong with the audio, once it has been read.
        let audio: MonoStream

        func warnings() -> [String] {
            var warnings: [String] = []
            if let damage = audio.damage { warnings.append(damage.message) }
            if audio.replacedSamples > 0 {
                warnings.append("\(audio.replacedSamples) samples were not finite numbers and became silence.")
            }
            return warnings
        }
    }

    private func source(
        of recording: Recording, for recognizer: some SpeechRecognizer,
        onEvent: (TranscriptionJobEvent) throws -> Void
    ) throws -> Windows {
        let melBins = recognizer.melBins
        let feed = try MelFeed(recording.open(), melBins: melBins)
        let claimed = feed.audio.claimedSeconds
        let store = MelFrameStore(melBins: melBins, needed: neededFrames(windowFrames: recognizer.windowFrames))
        guard job.normalization == .wholeRecording else {
            return try windows(of: feed, into: store, isFile: recording.canBeReadAgain, onEvent: onEvent)
        }
        let scan = try RecordingScan(
            feed, into: store, retainedSeconds: job.retainedSeconds, canReadAgain: recording.canBeReadAgain
        ) { seconds in
            try onEvent(.scanned(TranscriptionProgress(seconds: seconds, totalSeconds: claimed)))
        }
        let source =
            if let frames = scan.frames {
                StreamingMelSource(frames, maximum: scan.maximum)
            } else {
                StreamingMelSource(
                    reading: try MelFeed(recording.open(), melBins: melBins), into: store, maximum: scan.maximum)
            }
        return Windows(source: source, scannedSeconds: scan.seconds, claimedSeconds: claimed, audio: feed.audio)
    }

    /// Windows that wait neither for the end of a long file nor for that of a pipe.
    private func windows(
        of feed: MelFeed, into store: MelFrameStore, isFile: Bool, onEvent: (TranscriptionJobEvent) throws -> Void
    ) throws -> Windows {
        let claimed = feed.audio.claimedSeconds
        let looksAhead = isFile && job.normalization == .automatic
        let source = StreamingMelSource(
            reading: feed, into: store, lookAhead: looksAhead ? MelNormalization.lookAhead : 0)
        // A claim need not be true, but where it is, nothing is read for nothing.
        if looksAhead, claimed ?? 0 <= job.retainedSeconds {
            try source.readAhead(seconds: job.retainedSeconds) { seconds in
                try onEvent(.scanned(TranscriptionProgress(seconds: seconds, totalSeconds: claimed)))
            }
        }
        return Windows(source: source, scannedSeconds: source.endSeconds, claimedSeconds: claimed, audio: feed.audio)
    }

    /// Whether only parts of the recording are asked for.
    private var namesParts: Bool { job.options.clipTimestamps.contains { $0 > 0 } }

    /// The clips, and the first window if the language is to be detected in it; nil for everything.
    private func neededFrames(windowFrames: Int) -> [Range<Int>]? {
        let clips = job.options.clipTimestamps
        guard namesParts else { return nil }
        let framesPerSecond = 100.0
        func frame(_ seconds: Double) -> Int {
            // Far beyond every recording, and far from overflow; NaN is refused by the recogniser.
            seconds > 0 ? Int(min(seconds * framesPerSecond, 1e12)) : 0
        }
        var needed = stride(from: 0, to: clips.count, by: 2).map { i in
            let start = max(0, frame(clips[i]) - 1)
            // A frame more than the clip on either side covers any rounding.
            return start..<(i + 1 < clips.count ? max(start, frame(clips[i + 1])) + 2 : .max)
        }
        if job.options.language == nil { needed.append(0..<windowFrames) }
        return needed
    }
}

extension Segment {
    /// What people should know of it where it has no text because of a problem.
    fileprivate var warning: String? {
        problem.map { "There is no text from \(start) s to \(end) s: decoding it took too long (\($0))." }
    }
}
