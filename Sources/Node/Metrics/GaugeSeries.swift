import Metrics
import Synchronization

/// A number that goes up and down: the last that was set.
final class GaugeSeries: PrometheusSeries, MeterHandler, RecorderHandler {
    static let type = "gauge"
    private let current = Mutex(0.0)

    var samples: [(suffix: String, value: Double)] { [("", current.withLock(\.self))] }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { increment(by: -amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
}
