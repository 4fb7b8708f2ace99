package import Metrics
import Synchronization

/// Accumulates what is counted, set and observed through swift-metrics, and renders it for Prometheus.
///
/// The labels of metrics and the names of their dimensions must be names that Prometheus allows. Metrics with the same
/// label and dimensions are one and the same. All metrics of a label have one type; one that is made with another type
/// works, but is not rendered.
package final class PrometheusRegistry: MetricsFactory {
    private let help: [String: String]
    private let families = Mutex<[String: Family]>([:])

    /// A name with its series, by their labels as they are rendered.
    private struct Family {
        let type: String
        var series: [String: any PrometheusSeries] = [:]
    }

    /// - Parameter help: for each label the sentence that explains it.
    package init(help: [String: String]) { self.help = help }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(CounterSeries.self, label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(CounterSeries.self, label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(GaugeSeries.self, label, dimensions)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? series(SummarySeries.self, label, dimensions) : series(GaugeSeries.self, label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(SummarySeries.self, label, dimensions)
    }

    // A series stays as long as the process: Prometheus takes one that is gone and comes back for a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func series<Series: PrometheusSeries>(
        _: Series.Type, _ label: String, _ dimensions: [(String, String)]
    ) -> Series {
        let labels = PrometheusText.labels(dimensions)
        return families.withLock { families in
            var family = families[label] ?? Family(type: Series.type)
            if let known = family.series[labels] as? Series { return known }
            let new = Series()
            guard family.type == Series.type else { return new }
            family.series[labels] = new
            families[label] = family
            return new
        }
    }
}

extension PrometheusRegistry {
    /// Everything so far in the text format 0.0.4, sorted by name and labels.
    package var exposition: String {
        let families = families.withLock(\.self).sorted { $0.key < $1.key }
        return families.map { text(of: $0.value, $0.key) }.joined()
    }

    private func text(of family: Family, _ name: String) -> String {
        var lines = ["# TYPE \(name) \(family.type)"]
        if let help = help[name] { lines.insert("# HELP \(name) \(PrometheusText.escapedHelp(help))", at: 0) }
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
            for (suffix, value) in series.samples {
                lines.append("\(name)\(suffix)\(labels) \(PrometheusText.number(value))")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
