import ArgumentParser
import HearsayClient
import StrictJSON
import WireProtocol

/// `hearsay status`: how the daemon is.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Tell whether hearsayd runs, and what it does.",
        discussion: "Exit status 1 where it does not run.")

    @Flag(help: "Print all there is to know as JSON.")
    var json = false

    @Flag(help: "Print the settings in force instead, as JSON.")
    var settings = false

    func run() throws {
        let client = try HearsayClient.connect(environment: Environment.current)
        if settings {
            return try write(.object(try client.ask(GetSettings(), for: SettingsReport.self).settings))
        }
        let status = JSONValue.object(try client.ask(GetStatus(), for: StatusReport.self).data)
        if json { return try write(status) }
        try StandardStream.output.write(Self.summary(of: status))
    }

    private func write(_ value: JSONValue) throws {
        var writer = JSONWriter(style: .indented(2))
        writer.value(value)
        try StandardStream.output.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
    }

    /// The few lines that people want to see.
    static func summary(of status: JSONValue) -> String {
        func number(_ path: String...) -> Int { path.reduce(status) { $0[$1] ?? .null }.integer ?? 0 }
        func work(_ state: String) -> String {
            let names = [
                ("dictation", "dictation"), ("read_aloud", "reading aloud"), ("request", "requests"),
                ("file_job", "jobs"),
            ]
            let parts = names.compactMap { key, name in
                let count = number("scheduler", state, key)
                return count > 0 ? "\(count) \(name)" : nil
            }
            return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
        }
        let engines = (status["engines"]?.array ?? []).map { engine in
            let name = engine["path"]?.string?.split(separator: "/").last.map(String.init) ?? "?"
            return "\(name) (\(ProgressBar.byteCount(engine["bytes"]?.integer ?? 0)))"
        }
        let hasJobs = status["jobs"]?["waiting"]?.bool == true
        let isOpen = status["jobs"]?["open"]?.bool == true
        let jobs =
            status["jobs"]?["paused"]?.string.map { "wait: \($0)" }
            ?? (!isOpen ? "cannot be read; hearsayd's log says why" : hasJobs ? "to be done" : "none to be done")
        let reading = status["reading"]?["state"]?.string ?? "idle"
        let reason = status["reading"]?["reason"]?.string.map { " (\($0))" } ?? ""
        return """
            hearsayd \(status["version"]?.string ?? "?") serves, process \(number("process")), \
            for \(number("uptime_seconds")) s
            working on   \(work("running"))
            waiting      \(work("waiting"))
            stored jobs  \(jobs)
            listening    \(listening(status))
            loudspeaker  \(reading)\(reason)
            connections  \(number("connections", "open")) of \(number("connections", "most"))
            open models  \(engines.isEmpty ? "none" : engines.joined(separator: ", "))
            by default   \(status["default_model"]?.string ?? "no recogniser"), \
            \(status["default_voice"]?.string ?? "no voice")
            memory       \(ProgressBar.byteCount(number("resident_bytes")))

            """
    }

    /// Who has the microphone, and whether anything is heard by it.
    private static func listening(_ status: JSONValue) -> String {
        let microphone = status["microphone"]
        guard microphone?["muted"]?.bool != true else { return "muted" }
        let dictations = status["dictations"]?.integer ?? 0
        // A dictation that waits for its device may not have it open yet.
        let others = max(0, (microphone?["open"]?.integer ?? 0) - dictations)
        guard dictations + others > 0 else { return "nobody" }
        let parts = [
            dictations > 0 ? "\(dictations) \(dictations == 1 ? "dictation" : "dictations")" : nil,
            others > 0 ? "\(others) other \(others == 1 ? "program" : "programs")" : nil,
        ].compactMap(\.self)
        let waiting = status["dictations_waiting_for_device"]?.integer ?? 0
        return parts.joined(separator: ", ") + (waiting > 0 ? "; \(waiting) waiting for the device" : "")
    }
}
