internal import NeuralNetworks

/// A layer of a network as it was run: once, or in several windows or boxes, all together.
public struct LayerTiming: Sendable, Hashable, Encodable {
    public let network: String
    /// The name in the published table; empty where a step belongs to no layer.
    public let layer: String
    public let algorithm: String
    public private(set) var calls = 0
    public private(set) var seconds = 0.0
    /// Multiply-accumulates by the definition, whatever the algorithm saves of them.
    public private(set) var multiplyAccumulates = 0
    /// Operands, results and weights, each once for every call.
    public private(set) var bytes = 0

    /// Of no call so far.
    init(_ report: StepReport) {
        network = report.network
        layer = report.layer
        algorithm = report.algorithm
    }

    mutating func add(_ report: StepReport, _ seconds: Double) {
        calls += 1
        self.seconds += seconds
        multiplyAccumulates += report.multiplyAccumulates
        bytes += report.bytes
    }

    /// Two operations for each multiply-accumulate.
    public var effectiveGFLOPS: Double { seconds > 0 ? 2e-9 * Double(multiplyAccumulates) / seconds : 0 }
}
