internal import Glibc
internal import Metrics
internal import Tensors

/// Counters since the start, for status and for whatever metrics are collected with.
package final class Statistics: Sendable {
    private struct State {
        var connections = 0
        var acceptFailures = 0
        var events = 0
        var failures = 0
    }

    private let state = Locked(State())
    private let connectionCounter = Counter(label: "hearsay_connections_total")
    private let acceptFailureCounter = Counter(label: "hearsay_accept_failures_total")
    private let eventCounter = Counter(label: "hearsay_events_total")
    private let failureCounter = Counter(label: "hearsay_failed_requests_total")

    var connections: Int { state.withLock { $0.connections } }
    /// How often the system gave no descriptor or no memory for one more.
    var acceptFailures: Int { state.withLock { $0.acceptFailures } }
    var events: Int { state.withLock { $0.events } }
    var failures: Int { state.withLock { $0.failures } }

    func countConnection() {
        state.withLock { $0.connections += 1 }
        connectionCounter.increment()
    }

    func countAcceptFailure() {
        state.withLock { $0.acceptFailures += 1 }
        acceptFailureCounter.increment()
    }

    package func countEvent() {
        state.withLock { $0.events += 1 }
        eventCounter.increment()
    }

    /// Sound was transcribed, in so much time from the first turn to the last.
    static func countHeard(seconds: Double, in time: Duration) { count(seconds, time, "heard", "transcription") }

    /// Speech was made, in so much time from the first turn to the last.
    static func countSpoken(seconds: Double, in time: Duration) { count(seconds, time, "spoken", "speech") }

    private static func count(_ seconds: Double, _ time: Duration, _ verb: String, _ work: String) {
        FloatingPointCounter(label: "hearsay_audio_\(verb)_seconds_total").increment(by: seconds)
        guard seconds > 0 else { return }
        Recorder(label: "hearsay_real_time_factor", dimensions: [("work", work)]).record(time / .seconds(1) / seconds)
    }

    package func countFailure() {
        state.withLock { $0.failures += 1 }
        failureCounter.increment()
    }
}

/// How much memory this process takes.
package enum ProcessMemory {
    /// Bytes in memory now, mapped files included; 0 where `/proc` is missing.
    package static var resident: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
