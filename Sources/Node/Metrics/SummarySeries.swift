import Metrics
import Synchronization

/// The sum and the number of what was observed; durations in seconds.
final class SummarySeries: PrometheusSeries, RecorderHandler, TimerHandler {
    static let type = "summary"
    private let observed = Mutex((sum: 0.0, count: 0))

    var samples: [(suffix: String, value: Double)] {
        let (sum, count) = observed.withLock(\.self)
        return [("_sum", sum), ("_count", Double(count))]
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        observed.withLock { observed in
            observed.sum += value
            observed.count += 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
