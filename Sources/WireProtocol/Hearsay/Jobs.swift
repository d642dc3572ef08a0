public import StrictJSON

/// Asks the daemon to transcribe a file in its own time. Answered by ``JobReport`` once the job is on the disk.
public struct AddJob: WireMessage {
    public static let type = "hearsay-job-add"
    /// What to do: `path`, and if wanted `model`, `options`, `output` (`folder`, `formats`, `subtitles`), `priority`.
    public var request: JSONObject
    /// Whoever gives a key twice gets the first job again.
    public var key: String?

    public init(request: JSONObject, key: String? = nil) {
        self.request = request
        self.key = key
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        guard let request = try fields.object("request") else { throw fields.invalid("request", "an object") }
        self.request = request
        key = try fields.string("key")
    }

    public var event: WireEvent {
        WireEvent(
            Self.type, data: JSONObject([("request", .object(request))]).with("key", key.map { .string($0) }))
    }
}

/// Asks for the jobs of the user who asks, the newest first. Answered by ``JobList``.
public struct ListJobs: WireMessage {
    public static let type = "hearsay-jobs-list"
    /// Only jobs of these states; nil for all.
    public var states: [String]?
    public var limit: Int

    public init(states: [String]? = nil, limit: Int = 100) {
        self.states = states
        self.limit = limit
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        states = try fields.strings("states")
        limit = try fields.integer("limit") ?? 100
    }

    public var event: WireEvent {
        WireEvent(
            Self.type,
            data: JSONObject([("limit", .integer(limit))]).with(
                "states", states.map { .array($0.map { .string($0) }) }))
    }
}

/// Asks for something about one job, or for something to be done with it. Answered by ``JobReport``; `remove` by
/// ``JobRemoved``, `result` by ``SegmentReport`` for each segment and ``TranscriptEnd``.
public struct JobCommand: WireMessage {
    public static let type = "hearsay-job"

    public enum Action: String, Sendable, CaseIterable {
        case show, cancel, retry, remove, result
    }

    public var id: Int64
    public var action: Action

    public init(_ action: Action, _ id: Int64) {
        self.id = id
        self.action = action
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        id = Int64(try fields.requiredInteger("id"))
        guard let action = Action(rawValue: try fields.requiredString("action")) else {
            throw fields.invalid("action", "one of \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.action = action
    }

    public var event: WireEvent {
        WireEvent(Self.type, data: ["id": .integer(id), "action": .string(action.rawValue)])
    }
}

/// Asks to be told what happens to jobs: ``JobReport`` for each now, and again for every change, ``JobProgressReport``
/// and, where one is removed, ``JobRemoved``; ``JobsWatched`` when all of them have ended.
public struct WatchJobs: WireMessage {
    public static let type = "hearsay-jobs-watch"
    /// Empty for all jobs, until the client goes away.
    public var ids: [Int64]

    public init(ids: [Int64]) {
        self.ids = ids
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        let values = try fields.array("ids") ?? []
        let ids = values.compactMap { $0.integer.map { Int64($0) } }
        guard ids.count == values.count else { throw fields.invalid("ids", "an array of whole numbers") }
        self.ids = ids
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["ids": .array(ids.map { .integer($0) })]) }
}

/// A job as it stands.
public struct JobReport: WireMessage {
    public static let type = "hearsay-job-report"
    /// `id`, `state`, `path`, `seconds`, `total_seconds`, `reason` …
    public var job: JSONObject

    public init(job: JSONObject) {
        self.job = job
    }

    public init(_ event: WireEvent) throws(WireError) {
        job = event.data
    }

    public var event: WireEvent { WireEvent(Self.type, data: job) }
}

/// Jobs as they stand.
public struct JobList: WireMessage {
    public static let type = "hearsay-jobs"
    public var jobs: [JSONValue]

    public init(jobs: [JSONValue]) {
        self.jobs = jobs
    }

    public init(_ event: WireEvent) throws(WireError) {
        jobs = try Fields(event).array("jobs") ?? []
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["jobs": .array(jobs)]) }
}

/// A running job has come this far.
public struct JobProgressReport: WireMessage {
    public static let type = "hearsay-job-progress"
    public var id: Int64
    /// Seconds of the recording that are transcribed and stored.
    public var seconds: Double
    /// Length of the recording in seconds, if it is known.
    public var totalSeconds: Double?

    public init(id: Int64, seconds: Double, totalSeconds: Double?) {
        self.id = id
        self.seconds = seconds
        self.totalSeconds = totalSeconds
    }

    public init(_ event: WireEvent) throws(WireError) {
        let fields = Fields(event)
        id = Int64(try fields.requiredInteger("id"))
        seconds = try fields.double("seconds") ?? 0
        totalSeconds = try fields.double("total_seconds")
    }

    public var event: WireEvent {
        WireEvent(
            Self.type,
            data: [
                "id": .integer(id), "seconds": .number(seconds),
                "total_seconds": totalSeconds.map { .number($0) } ?? .null,
            ])
    }
}

/// A job is not there any more.
public struct JobRemoved: WireMessage {
    public static let type = "hearsay-job-removed"
    public var id: Int64

    public init(id: Int64) {
        self.id = id
    }

    public init(_ event: WireEvent) throws(WireError) {
        id = Int64(try Fields(event).requiredInteger("id"))
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["id": .integer(id)]) }
}

/// All jobs that were watched have ended.
public struct JobsWatched: EmptyWireMessage {
    public static let type = "hearsay-jobs-watched"

    public init() {}
}
