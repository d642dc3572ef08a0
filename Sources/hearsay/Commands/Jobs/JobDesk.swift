import Foundation
import Glibc
import HearsayClient
import JobStore
import Recognition
import StrictJSON
import WireProtocol

/// Jobs where they are kept: by the daemon where one runs, else in a folder that this process works on.
final class JobDesk {
    private let client: HearsayClient?
    private let place: JobStoreArguments
    private var store: JobStore?

    init(_ place: JobStoreArguments) {
        self.place = place
        // A folder that was named is meant.
        let isLocal = place.local || place.stateDir != nil
        client = isLocal ? nil : try? HearsayClient.connect(environment: Environment.current)
    }

    func add(_ request: JobRequest) throws -> Job {
        guard let client else { return try writable().add(request, owner: geteuid()) }
        let object = try JSONValue(parsing: Array(JSONEncoder().encode(request))).object ?? [:]
        return try Job(client.ask(AddJob(request: object), for: JobReport.self).job)
    }

    func list(_ states: Set<JobState>?, limit: Int) throws -> [Job] {
        guard let client else { return try place.reader()?.list(states: states, limit: limit) ?? [] }
        let question = ListJobs(states: states?.map(\.rawValue), limit: limit)
        return try client.ask(question, for: JobList.self).jobs.map { try Job($0.object ?? [:]) }
    }

    func job(_ id: Int64) throws -> Job {
        guard let client else { return try place.reader(for: id).job(id) }
        return try Job(client.ask(JobCommand(.show, id), for: JobReport.self).job)
    }

    func cancel(_ id: Int64) throws {
        guard let client else {
            _ = try writable().cancel(id)
            return
        }
        _ = try client.ask(JobCommand(.cancel, id), for: JobReport.self)
    }

    func retry(_ id: Int64) throws {
        guard let client else {
            _ = try writable().retry(id)
            return
        }
        _ = try client.ask(JobCommand(.retry, id), for: JobReport.self)
    }

    func remove(_ id: Int64) throws {
        guard let client else { return try writable().remove(id) }
        _ = try client.ask(JobCommand(.remove, id), for: JobRemoved.self)
    }

    func transcript(_ id: Int64) throws -> Transcript {
        guard let client else { return try place.reader(for: id).transcript(of: id) }
        try client.send(JobCommand(.result, id))
        var segments: [Segment] = []
        while true {
            let event = try client.next()
            switch event.type {
            case SegmentReport.type:
                var writer = JSONWriter(style: .compact)
                writer.value(.object(try SegmentReport(event).segment))
                segments.append(try JSONDecoder().decode(Segment.self, from: Data(writer.bytes)))
            case TranscriptEnd.type:
                let end = try TranscriptEnd(event)
                return Transcript(
                    task: TranscriptionTask(rawValue: end.task) ?? .transcribe, language: end.language,
                    duration: end.duration, text: end.text, segments: segments)
            default: break
            }
        }
    }

    private func writable() throws -> JobStore {
        if let store { return store }
        let opened = try place.open()
        store = opened
        return opened
    }
}
