public import AudioIO
public import Recognition
public import VoiceActivity

/// What to transcribe, and how: a value that a command line, a request or a stored job maps onto.
public struct TranscriptionJob: Sendable {
    /// Where the sound comes from.
    public enum Source: Sendable {
        /// A regular file, in any format that ``AudioFile`` opens; messages call it `name`, or by its path.
        case file(path: String, name: String? = nil)
        /// Headerless PCM from an open descriptor (0 is standard input), which stays the caller's to close.
        case rawPCM(fileDescriptor: Int32, rate: Int, channels: Int, encoding: PCMEncoding)
    }

    /// What recognises the speech.
    public enum Model: Sendable {
        /// A model folder or a ggml file, opened by the job.
        case path(String)
        /// A model that is shared with others.
        case opened(WhisperModel)
    }

    public var source: Source
    public var model: Model
    /// Threads that share out each operation; nil for one per processor.
    public var threads: Int?
    /// The recogniser's options, with the reference's defaults.
    public var options: TranscriptionOptions
    public var normalization = MelNormalization.automatic
    /// Longest sound accepted, in seconds; nil for no limit.
    public var maximumSeconds: Double?
    /// Who decodes the file: in this process, unless told otherwise.
    public var decoder: any AudioFileDecoder = SystemAudioDecoder()
    /// Where an earlier run of this job was, to go on from there: the rest equals that of an uninterrupted run.
    public var checkpoint: TranscriptionCheckpoint?
    /// Longest recording whose log-mel frames are all kept until they have been transcribed, in seconds; see
    /// ``normalization`` for what becomes of longer ones. 10 minutes take 19 MB with 80 mel bins.
    public var retainedSeconds = 600.0
    /// Finds the parts with speech in a first pass over the file, and only they are transcribed. Nil transcribes
    /// everything; so does a pipe, which cannot be read twice, and `options.clipTimestamps` that name parts go before.
    public var voiceActivity: VoiceActivityModel?

    public init(_ source: Source, model: Model, options: TranscriptionOptions = TranscriptionOptions()) {
        self.source = source
        self.model = model
        self.options = options
    }
}

/// What a running job reports.
public enum TranscriptionJobEvent: Sendable {
    /// The first pass, which finds the maximum, has come this far.
    case scanned(TranscriptionProgress)
    /// The recogniser's events, all but its progress.
    case recognition(TranscriptionEvent)
    /// The recording is transcribed up to here.
    case progress(TranscriptionProgress)
    /// Something that does not stop the job but may explain its result: damaged audio, samples that were no sound.
    case warning(String)
    /// The result; nothing follows.
    case finished(Transcript)
}

/// How far a job has come in its recording.
public struct TranscriptionProgress: Sendable, Equatable {
    /// Seconds of the recording that are done.
    public var seconds: Double
    /// Length of the recording in seconds: exact after a first pass, before it what the file claims, nil for a pipe.
    public var totalSeconds: Double?

    public init(seconds: Double, totalSeconds: Double? = nil) {
        self.seconds = seconds
        self.totalSeconds = totalSeconds
    }
}
