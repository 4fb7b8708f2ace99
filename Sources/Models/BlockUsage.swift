/// Which residual blocks of AutoPath's backbone were computed for an image, and what that saved.
public struct BlockUsage: Sendable, Hashable, Codable {
    /// A window of the image.
    public struct Window: Sendable, Hashable, Codable {
        /// In slices of the resampled image.
        public let firstSlice: Int
        /// For each block, in order.
        public let isComputed: [Bool]
        /// What the policy network says; empty where it was not asked.
        public let keepProbabilities: [Float]
    }

    /// What decided: a `PathStrategy`, or "budget".
    public let strategy: String
    public let windows: [Window]
    /// The share of the full network's multiply-accumulates that was saved; the policy network's own are counted
    /// against it. Negative if it cost more than it saved.
    public let estimatedSaving: Double
    /// The share of the time that the full network would have taken, by the measured time of each block, that was
    /// saved; the policy network's own is counted against it.
    public let measuredSaving: Double

    public var blockCount: Int { windows.first?.isComputed.count ?? 0 }
    public var computedBlocks: Int { windows.reduce(0) { $0 + $1.isComputed.count(where: \.self) } }
    public var droppedBlocks: Int { windows.count * blockCount - computedBlocks }

    private enum CodingKeys: String, CodingKey {
        case strategy, windows
        case estimatedSaving = "estimated_saving"
        case measuredSaving = "measured_saving"
    }
}

extension BlockUsage.Window {
    private enum CodingKeys: String, CodingKey {
        case firstSlice = "first_slice"
        case isComputed = "is_computed"
        case keepProbabilities = "keep_probabilities"
    }
}
