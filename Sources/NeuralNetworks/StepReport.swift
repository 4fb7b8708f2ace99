/// What one step of a plan does, for benchmarks and forecasts.
public struct StepReport: Hashable, Sendable {
    /// The name of the network.
    public let network: String
    /// The layer of the published table: "F2.1"; empty where a step belongs to none.
    public let layer: String
    /// "Winograd F(4,3)^3", "max pool".
    public let algorithm: String
    /// Of convolutions, as if computed by the definition: zero for everything else.
    public let multiplyAccumulates: Int
    /// Of operands, results and weights, each once.
    public let bytes: Int
}
