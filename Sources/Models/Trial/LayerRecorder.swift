package import NeuralNetworks
internal import Synchronization

/// Collects how long the steps of networks took, from whichever threads ran them.
package final class LayerRecorder: Sendable {
    private struct Key: Hashable {
        let network: String
        let layer: String
        let algorithm: String
    }

    private struct Collected {
        /// Keys in the order in which they first came.
        var order: [Key] = []
        var layers: [Key: LayerTiming] = [:]
    }

    private let collected = Mutex(Collected())

    package init() {}

    /// What plans tell their steps to.
    package var observer: @Sendable (StepReport, _ seconds: Double) -> Void { { [self] in add($0, $1) } }

    private func add(_ report: StepReport, _ seconds: Double) {
        let key = Key(network: report.network, layer: report.layer, algorithm: report.algorithm)
        collected.withLock { collected in
            if collected.layers[key] == nil {
                collected.order.append(key)
                collected.layers[key] = LayerTiming(report)
            }
            collected.layers[key]?.add(report, seconds)
        }
    }

    /// Everything since the last time, in the order in which it first came.
    package func take() -> [LayerTiming] {
        collected.withLock { collected in
            let layers = collected.order.compactMap { collected.layers[$0] }
            collected = Collected()
            return layers
        }
    }
}
