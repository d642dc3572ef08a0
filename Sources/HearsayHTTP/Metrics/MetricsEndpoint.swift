internal import HTTPTypes
internal import HearsayDaemon
internal import Hummingbird
internal import Metrics

/// `GET /metrics`: what was counted, and what is true now.
struct MetricsEndpoint {
    private let daemon: DaemonContext

    init(_ daemon: DaemonContext) {
        self.daemon = daemon
    }

    func respond() -> Response {
        measure()
        let text = (MetricsSystem.factory as? PrometheusRegistry)?.text ?? ""
        return .text(text, type: "text/plain; version=0.0.4; charset=utf-8")
    }

    private func measure() {
        gauge("hearsay_connections", daemon.registry.count)
        gauge("hearsay_connections_refused", daemon.registry.refused)
        gauge("hearsay_resident_bytes", ProcessMemory.resident)
        let scheduler = daemon.scheduler.status
        for priority in Scheduler.Priority.allCases {
            gauge("hearsay_work_running", scheduler.running[priority] ?? 0, [("priority", priority.name)])
            gauge("hearsay_work_waiting", scheduler.waiting[priority] ?? 0, [("priority", priority.name)])
        }
        let loaded = daemon.host.loaded
        for kind in ["model", "voice"] {
            let engines = loaded.filter { $0.kind == kind }
            gauge("hearsay_engines", engines.count, [("kind", kind)])
            gauge("hearsay_engine_bytes", engines.reduce(0) { $0 + $1.bytes }, [("kind", kind)])
        }
    }

    private func gauge(_ label: String, _ value: Int, _ dimensions: [(String, String)] = []) {
        Gauge(label: label, dimensions: dimensions).record(value)
    }
}

/// Requests that were answered.
enum RequestMetrics {
    /// - Parameters:
    ///   - route: nil where there is nothing at the path.
    ///   - time: until the answer's beginning.
    static func count(_ route: String?, _ status: HTTPResponse.Status, _ time: Duration) {
        let route = route == "NotFound" ? "none" : route ?? "none"
        Counter(
            label: "hearsay_http_requests_total", dimensions: [("route", route), ("status", "\(status.code)")]
        ).increment()
        Recorder(label: "hearsay_http_response_seconds", dimensions: [("route", route)]).record(time / .seconds(1))
    }
}
