/// How much computing a run is worth, for models that can do with less (AutoPath); others ignore it.
public struct Effort: Sendable, Hashable {
    /// Which blocks are computed; nil: what the model's policy network says, all where it has none.
    public var path: PathStrategy?
    /// From the beginning of the run until the network is done; blocks are dropped to meet it. Nil: as long as it
    /// takes. Has no effect beside a path.
    public var budgetSeconds: Double?
    /// The share of the volume that LowRes's Stage 2 refines, whatever Stage 1 proposes: for benchmarks.
    var detail: Double?
    /// LowRes runs in patches, as published: for comparison.
    var tiling: Tiling?

    public init(path: PathStrategy? = nil, budgetSeconds: Double? = nil) {
        self.path = path
        self.budgetSeconds = budgetSeconds
    }
}
