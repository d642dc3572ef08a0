internal import Metrics
internal import Tensors

/// One metric with its dimensions, as Prometheus sees it.
protocol PrometheusMetric: AnyObject, Sendable {
    /// `counter`, `gauge` or `histogram`.
    var kind: String { get }
    var samples: [PrometheusSample] { get }
}

/// One line.
struct PrometheusSample {
    /// Added to the name.
    var suffix = ""
    /// Names and values in turn, besides the metric's own.
    var dimensions: [String] = []
    let value: Double
}

/// Only grows.
final class CounterMetric: PrometheusMetric, CounterHandler, FloatingPointCounterHandler {
    let kind = "counter"
    private let value = Locked(0.0)

    var samples: [PrometheusSample] { [PrometheusSample(value: value.withLock { $0 })] }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }
}

/// The last value.
final class GaugeMetric: PrometheusMetric, RecorderHandler, MeterHandler {
    let kind = "gauge"
    private let value = Locked(0.0)

    var samples: [PrometheusSample] { [PrometheusSample(value: value.withLock { $0 })] }

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }

    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
}

/// How many values lie below each of some bounds: for ratios and for seconds.
final class HistogramMetric: PrometheusMetric, RecorderHandler, TimerHandler {
    let kind = "histogram"
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

    private struct State {
        var counts = [Int](repeating: 0, count: bounds.count)
        var count = 0
        var sum = 0.0
    }

    private let state = Locked(State())

    var samples: [PrometheusSample] {
        let state = state.withLock { $0 }
        let buckets = zip(Self.bounds, state.counts).map { bound, count in
            PrometheusSample(
                suffix: "_bucket", dimensions: ["le", PrometheusRegistry.number(bound)], value: Double(count))
        }
        return buckets + [
            PrometheusSample(suffix: "_bucket", dimensions: ["le", "+Inf"], value: Double(state.count)),
            PrometheusSample(suffix: "_sum", value: state.sum),
            PrometheusSample(suffix: "_count", value: Double(state.count)),
        ]
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        state.withLock { state in
            for (index, bound) in Self.bounds.enumerated() where value <= bound { state.counts[index] += 1 }
            state.count += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
