/// The numbers under one name and one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    /// What Prometheus calls it: counter, gauge or summary.
    static var type: String { get }

    init()

    /// The numbers, with what is appended to the name for each.
    var samples: [(suffix: String, value: Double)] { get }
}
