import StrictJSON
import Testing

@testable import hearsay

/// What `hearsay status` says of the daemon's report.
@Suite struct StatusSummaryTests {
    private func line(_ name: String, _ report: String) throws -> Substring? {
        let summary = StatusCommand.summary(of: try JSONValue(parsing: Array(report.utf8)))
        return summary.split(separator: "\n").first { $0.hasPrefix(name) }?.dropFirst(13)
    }

    @Test(arguments: [
        (#"{"microphone": {"muted": false, "open": 0}, "dictations": 0}"#, "nobody"),
        (#"{"microphone": {"muted": true, "open": 1}, "dictations": 1}"#, "muted"),
        (#"{"microphone": {"open": 1}, "dictations": 1}"#, "1 dictation"),
        (#"{"microphone": {"open": 2}, "dictations": 0}"#, "2 other programs"),
        (
            #"{"microphone": {"open": 0}, "dictations": 1, "dictations_waiting_for_device": 1}"#,
            "1 dictation; 1 waiting for the device"
        ),
        (
            #"{"microphone": {"open": 3}, "dictations": 2, "dictations_waiting_for_device": 1}"#,
            "2 dictations, 1 other program; 1 waiting for the device"
        ),
    ])
    func listenersAreCounted(report: String, text: String) throws {
        #expect(try line("listening", report).map(String.init) == text)
    }

    @Test func jobsThatCannotBeOpenedAreNotNone() throws {
        let report = #"{"jobs": {"open": false, "waiting": false, "paused": null}}"#
        #expect(try line("stored jobs", report) == "cannot be read; hearsayd's log says why")
        #expect(try line("stored jobs", #"{"jobs": {"open": true, "waiting": false}}"#) == "none to be done")
    }
}
