import Metrics
import Synchronization

/// A number that only grows.
final class CounterSeries: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    static let type = "counter"
    private let total = Mutex(0.0)

    var samples: [(suffix: String, value: Double)] { [("", total.withLock(\.self))] }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { total.withLock { $0 += amount } }
    func reset() { total.withLock { $0 = 0 } }
}
