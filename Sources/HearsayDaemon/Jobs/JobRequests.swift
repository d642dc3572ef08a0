internal import FoundationEssentials
internal import Glibc
internal import JobStore
internal import Recognition
internal import StrictJSON
internal import WireProtocol

/// What clients ask about jobs. Everyone sees and changes their own; the daemon's own user and root those of all.
struct JobRequests: RequestHandling {
    private let service: JobService

    init(_ service: JobService) {
        self.service = service
    }

    let types: Set<String> = [AddJob.type, ListJobs.type, JobCommand.type, WatchJobs.type]

    var status: [(String, JSONValue)] {
        let opened = Result { try service.store }
        let store = try? opened.get()
        let hasWork = store.flatMap { try? $0.hasWork(above: .min) }
        let problem: String? = if case .failure(let error) = opened { WireFailure(error).text } else { nil }
        return [
            (
                "jobs",
                .object([
                    "open": .bool(hasWork != nil), "waiting": .bool(hasWork ?? false),
                    "paused": (store?.pauseReason?.message ?? problem).map { .string($0) } ?? .null,
                ])
            )
        ]
    }

    func apply(_ configuration: DaemonConfiguration) { service.apply(configuration.jobs) }

    func handle(_ event: WireEvent, from peer: Peer, reply: Reply) async throws {
        let user = try Self.user(peer)
        let store = try service.store
        let owner = user == getuid() || user == 0 ? nil : user
        switch event.type {
        case AddJob.type: try await reply.send(try add(AddJob(event), user, to: store))
        case ListJobs.type: try await reply.send(try list(ListJobs(event), owner, in: store))
        case JobCommand.type: try await perform(JobCommand(event), owner, on: store, reply)
        default: try await watch(WatchJobs(event), owner, in: store, reply)
        }
    }

    /// Who comes by TCP is nobody, and nobody has jobs.
    private static func user(_ peer: Peer) throws -> UInt32 {
        guard let user = peer.user else {
            throw DaemonError(.forbidden, "jobs belong to a user of this machine; ask for them over the Unix socket")
        }
        return user
    }

    private func add(_ message: AddJob, _ user: UInt32, to store: JobStore) throws -> JobReport {
        guard user == getuid() || user == 0 else {
            throw DaemonError(
                .forbidden,
                "this hearsayd would read the file with its own rights, which are not yours; "
                    + "send the recording instead (hearsay transcribe), or run a hearsayd of your own")
        }
        let request: JobRequest
        do {
            request = try JSONDecoder().decode(JobRequest.self, from: Self.data(.object(message.request)))
        } catch {
            throw WireError(.fieldInvalid, "'request' of '\(AddJob.type)' cannot be understood: \(error)")
        }
        return try JobReport(store.add(request, owner: user, key: message.key))
    }

    private func list(_ message: ListJobs, _ owner: UInt32?, in store: JobStore) throws -> JobList {
        let states = try message.states.map { names in
            Set(
                try names.map { name in
                    guard let state = JobState(rawValue: name) else {
                        throw WireError(.fieldInvalid, "'\(name)' in 'states' is no state of a job")
                    }
                    return state
                })
        }
        // A list must fit into one event.
        let jobs = try store.list(owner: owner, states: states, limit: min(max(message.limit, 0), 500))
        return JobList(jobs: try jobs.map { .object(try JobReport($0).job) })
    }

    private func perform(_ command: JobCommand, _ owner: UInt32?, on store: JobStore, _ reply: Reply) async throws {
        switch command.action {
        case .show: try await reply.send(JobReport(try store.job(command.id, owner: owner)))
        case .cancel: try await reply.send(JobReport(try store.cancel(command.id, owner: owner)))
        case .retry: try await reply.send(JobReport(try store.retry(command.id, owner: owner)))
        case .remove:
            try store.remove(command.id, owner: owner)
            try await reply.send(JobRemoved(id: command.id))
        case .result:
            let transcript = try store.transcript(of: command.id, owner: owner)
            for segment in transcript.segments {
                let bytes = try JSONEncoder().encode(segment)
                try await reply.send(SegmentReport(segment: try JSONValue(parsing: Array(bytes)).object ?? [:]))
            }
            try await reply.send(
                TranscriptEnd(
                    task: transcript.task.rawValue, language: transcript.language, duration: transcript.duration,
                    text: transcript.text))
        }
    }

    private func watch(_ message: WatchJobs, _ owner: UInt32?, in store: JobStore, _ reply: Reply) async throws {
        // Listening begins before looking, so that nothing falls in between.
        let changes = store.changes()
        var open: Set<Int64> = []
        let jobs =
            try message.ids.isEmpty
            ? store.list(owner: owner, states: [.queued, .running, .paused])
            : message.ids.map { try store.job($0, owner: owner) }
        for job in jobs {
            try await reply.send(JobReport(job))
            if !job.state.isFinal { open.insert(job.id) }
        }
        guard message.ids.isEmpty || !open.isEmpty else { return try await reply.send(JobsWatched()) }
        for await change in changes {
            switch change {
            case .job(let job) where owner == nil || job.owner == owner:
                guard message.ids.isEmpty || open.contains(job.id) else { continue }
                try await reply.send(JobReport(job))
                if job.state.isFinal { open.remove(job.id) } else { open.insert(job.id) }
            case .progress(let id, let seconds, let total) where open.contains(id):
                try await reply.send(JobProgressReport(id: id, seconds: seconds, totalSeconds: total))
            case .removed(let id) where open.contains(id):
                open.remove(id)
                try await reply.send(JobRemoved(id: id))
            default: break
            }
            if !message.ids.isEmpty, open.isEmpty { break }
        }
        try await reply.send(JobsWatched())
    }

    private static func data(_ value: JSONValue) -> Data {
        var writer = JSONWriter(style: .compact)
        writer.value(value)
        return Data(writer.bytes)
    }
}

extension JobReport {
    init(_ job: Job) throws {
        var writer = JSONWriter(style: .compact)
        job.write(to: &writer)
        self.init(job: try JSONValue(parsing: writer.bytes).object ?? [:])
    }
}
