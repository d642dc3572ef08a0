import ArgumentParser
import Foundation
import JobStore
import Pipelines
import StrictJSON

/// `hearsay jobs list`
struct JobsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show the jobs, the newest first.")

    @Option(help: "Only jobs of these states, separated by commas: queued, running, paused, done, failed, cancelled.")
    var state: StateList?

    @Option(help: "Show so many at most.")
    var limit = 100

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var place: JobStoreArguments

    func run() throws {
        let jobs = try JobDesk(place).list(state?.states, limit: limit)
        if jobs.isEmpty, !json { return Message.note(state == nil ? "there are no jobs" : "there are no such jobs") }
        for job in jobs { try StandardStream.output.write(json ? job.json + "\n" : job.line + "\n") }
    }
}

/// `hearsay jobs show`
struct JobsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all that is known of jobs.")

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var numbers: JobNumbers
    @OptionGroup var place: JobStoreArguments

    func run() throws {
        let desk = JobDesk(place)
        try numbers.forEach { id in
            let job = try desk.job(id)
            try StandardStream.output.write(json ? job.json + "\n" : job.page)
        }
    }
}

/// `hearsay jobs watch`
struct JobsWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow jobs until they have ended.",
        discussion: "Without numbers: all that are waiting or running. Fails if one of them fails.")

    @Argument(help: ArgumentHelp("Numbers of jobs.", valueName: "id"))
    var ids: [Int64] = []

    @Flag(help: "One JSON object for every change.")
    var json = false

    @OptionGroup var place: JobStoreArguments

    func run() async throws {
        let interruption = HearsayCommand.interruption
        let task = Task { try await follow() }
        interruption.onRequest { task.cancel() }
        try await task.value
    }

    private func follow() async throws {
        let desk = JobDesk(place)
        var watched = ids
        if watched.isEmpty {
            watched = try desk.list([.queued, .running, .paused], limit: 500).map(\.id).reversed()
        }
        var shown: [Int64: Job] = [:]
        while !watched.isEmpty {
            for id in watched {
                let job = try desk.job(id)
                guard shown[id] != job else { continue }
                shown[id] = job
                try StandardStream.output.write(json ? job.json + "\n" : job.line + "\n")
            }
            watched.removeAll { shown[$0]?.state.isFinal ?? true }
            if !watched.isEmpty { try await Task.sleep(for: .milliseconds(500)) }
        }
        let failed = shown.values.count { $0.state == .failed }
        if failed > 0 { throw Failure(.failure, code: "jobs.failed", "\(failed) of \(shown.count) jobs failed") }
    }
}

/// States separated by commas.
struct StateList: ExpressibleByArgument {
    let states: Set<JobState>

    init?(argument: String) {
        var states: Set<JobState> = []
        for name in argument.split(separator: ",") {
            guard let state = JobState(rawValue: String(name)) else { return nil }
            states.insert(state)
        }
        self.states = states
    }
}

extension Job {
    var json: String {
        var writer = JSONWriter()
        write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Number, state, how far it is, the recording.
    var line: String {
        let columns = ["\(id)", state.rawValue, progress].enumerated().map { index, text in
            text + String(repeating: " ", count: max(0, [6, 9, 19][index] - text.count))
        }
        let text = request.path + (reason.map { "  (\($0.message))" } ?? "")
        return columns.joined(separator: "  ") + "  " + text.onOneLine
    }

    private var progress: String {
        let done = ProgressBar.clockTime(seconds)
        return totalSeconds.map { "\(done) of \(ProgressBar.clockTime($0))" } ?? (seconds > 0 ? done : "")
    }

    /// A line for each thing that is known.
    var page: String {
        var rows = [("job", "\(id)"), ("recording", request.path), ("state", state.rawValue), ("done", progress)]
        if let reason { rows.append(("reason", "\(reason.message) [\(reason.code)]")) }
        if let model = request.model { rows.append(("model", model)) }
        if let language { rows.append(("language", language)) }
        if let output = request.output {
            rows += output.formats.map { ("result", output.path(request.path, $0)) }
        }
        rows += warnings.map { ("remark", $0) }
        rows.append(("priority", "\(request.priority)"))
        rows.append(("added", Self.time(created)))
        if let started { rows.append(("started", Self.time(started))) }
        if let finished { rows.append(("ended", Self.time(finished))) }
        return rows.map { name, value in
            name + String(repeating: " ", count: max(1, 11 - name.count)) + value.onOneLine + "\n"
        }.joined()
    }

    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
    }
}
