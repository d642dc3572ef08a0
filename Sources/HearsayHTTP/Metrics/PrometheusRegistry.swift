public import Metrics
internal import Tensors

/// Collects swift-metrics' counters, gauges and histograms, and writes them in Prometheus' text format.
///
/// Labels and dimensions come from this program only, so that their number is bounded.
public final class PrometheusRegistry: MetricsFactory {
    private struct Series: Hashable {
        let label: String
        let dimensions: [String]
    }

    private struct Entry {
        let metric: any PrometheusMetric
        /// Names and values in turn.
        let dimensions: [String]
    }

    private let entries = Locked<[Series: Entry]>([:])

    public init() {}

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions) { CounterMetric() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        find(label, dimensions) { CounterMetric() }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? find(label, dimensions) { HistogramMetric() } : find(label, dimensions) { GaugeMetric() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions) { GaugeMetric() }
    }

    /// Times are in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions) { HistogramMetric() }
    }

    // A counter that begins anew would look like a restart: what was counted stays.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The metric of that name and dimensions, made when it is first asked for. One name is used for one kind.
    private func find<Metric: PrometheusMetric>(
        _ label: String, _ dimensions: [(String, String)], make: () -> Metric
    ) -> Metric {
        let flat = dimensions.sorted { $0.0 < $1.0 }.flatMap { [$0.0, $0.1] }
        return entries.withLock { entries in
            let series = Series(label: label, dimensions: flat)
            if let metric = entries[series]?.metric as? Metric { return metric }
            let metric = make()
            entries[series] = Entry(metric: metric, dimensions: flat)
            return metric
        }
    }

    // MARK: Text

    /// All metrics in the text exposition format, version 0.0.4, in the order of their names.
    public var text: String {
        let all = entries.withLock { Array($0) }
        var text = ""
        for (label, entries) in Dictionary(grouping: all, by: \.key.label).sorted(by: { $0.key < $1.key }) {
            guard let kind = entries.first?.value.metric.kind else { continue }
            let name = Self.name(label)
            text += "# TYPE \(name) \(kind)\n"
            for entry in entries.map(\.value).sorted(by: { $0.dimensions.lexicographicallyPrecedes($1.dimensions) }) {
                for sample in entry.metric.samples {
                    let labels = Self.labels(entry.dimensions + sample.dimensions)
                    text += "\(name)\(sample.suffix)\(labels) \(Self.number(sample.value))\n"
                }
            }
        }
        return text
    }

    private static func name(_ label: String) -> String {
        String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
    }

    private static func labels(_ dimensions: [String]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let pairs = stride(from: 0, to: dimensions.count - 1, by: 2).map { index in
            let value = dimensions[index + 1].replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            return "\(name(dimensions[index]))=\"\(value)\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }

    /// Whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
