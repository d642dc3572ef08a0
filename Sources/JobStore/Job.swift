public import Pipelines
public import Recognition

/// What a job is to do; stored as it was given.
public struct JobRequest: Sendable, Equatable, Codable {
    /// The recording: an absolute path.
    public var path: String
    /// A model's folder, file or name; nil for the one that is used when none is named.
    public var model: String?
    public var options: TranscriptionOptions
    /// Whether only the parts where somebody speaks are transcribed.
    public var skipsSilence: Bool
    /// Where the transcript is written when it is done; nil to keep it in the store only.
    public var output: TranscriptFiles?
    /// Jobs of higher priority go first, whenever they come.
    public var priority: Int

    public init(
        path: String, model: String? = nil, options: TranscriptionOptions = TranscriptionOptions(),
        skipsSilence: Bool = false, output: TranscriptFiles? = nil, priority: Int = 0
    ) {
        self.path = path
        self.model = model
        self.options = options
        self.skipsSilence = skipsSilence
        self.output = output
        self.priority = priority
    }

    private enum CodingKeys: String, CodingKey {
        case path, model, options, output, priority
        case skipsSilence = "vad"
    }

    /// A path is all that it needs.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            path: try fields.decode(String.self, forKey: .path),
            model: try fields.decodeIfPresent(String.self, forKey: .model),
            options: try fields.decodeIfPresent(TranscriptionOptions.self, forKey: .options) ?? TranscriptionOptions(),
            skipsSilence: try fields.decodeIfPresent(Bool.self, forKey: .skipsSilence) ?? false,
            output: try fields.decodeIfPresent(TranscriptFiles.self, forKey: .output),
            priority: try fields.decodeIfPresent(Int.self, forKey: .priority) ?? 0)
    }
}

/// Where a job is in its life.
///
///     queued → running → done | failed | cancelled
///                ↕
///              paused
public enum JobState: String, Sendable, CaseIterable, Codable {
    /// Waits for its turn.
    case queued
    /// Is being transcribed, or was when this program ended.
    case running
    /// Is held back because its results cannot be stored; goes on by itself.
    case paused
    case done
    case failed
    case cancelled

    /// Whether nothing more happens by itself.
    public var isFinal: Bool {
        switch self {
        case .queued, .running, .paused: false
        case .done, .failed, .cancelled: true
        }
    }
}

/// Why a job failed, or waits.
public struct JobReason: Sendable, Equatable, Codable {
    /// A stable, dotted name, such as `audio.format_unrecognised`.
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// A stored job as it stands.
public struct Job: Sendable, Equatable {
    /// Unique in its store; never given twice.
    public let id: Int64
    /// User who added it.
    public var owner: UInt32
    public var request: JobRequest
    public var state: JobState
    /// Why it failed, or waits.
    public var reason: JobReason?
    /// Attempts begun at the window at which the job is.
    public var attempts: Int
    /// Windows that are transcribed and stored.
    public var windows: Int
    /// Seconds of the recording that are transcribed and stored.
    public var seconds: Double
    /// Length of the recording in seconds, as far as it is known.
    public var totalSeconds: Double?
    /// Code of the language, once it is known.
    public var language: String?
    /// Remarks that may explain the result, such as damage to the recording.
    public var warnings: [String]
    /// Milliseconds since 1970.
    public var created: Int64
    public var started: Int64?
    public var finished: Int64?
}

/// Something that happened to the jobs of a store.
public enum JobChange: Sendable, Equatable {
    /// A job was added or changed its state.
    case job(Job)
    /// A job has come this far in its recording, in seconds.
    case progress(id: Int64, seconds: Double, totalSeconds: Double?)
    /// The next segment of a running job is stored.
    case segment(id: Int64, Segment)
    case removed(id: Int64)
    /// The queue waits, or goes on (nil).
    case paused(JobReason?)
}
