/// How much computing a run is worth, for models that can do with less (AutoPath); others ignore it.
public struct Effort: Sendable, Hashable {
    /// Which blocks are computed; nil: what the model's policy network says, all where it has none.
    public var path: PathStrategy?
    /// From the beginning of the run until the network is done; blocks are dropped to meet it. Nil: as long as it
    /// takes. Has no effect beside a path.
    public var budgetSeconds: Double?

    public init(path: PathStrategy? = nil, budgetSeconds: Double? = nil) {
        self.path = path
        self.budgetSeconds = budgetSeconds
    }
}
